using System.Text.Json.Serialization;

namespace ForecastService;

/// <summary>A session to create.</summary>
/// <param name="Id">Its name, of at most 100 bytes of UTF-8; null for one that nobody can guess.</param>
internal sealed record NewSession(string? Id = null);

/// <summary>A session.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Points">The points that have been pushed.</param>
/// <param name="Forecast">The next points; empty before the first.</param>
/// <param name="Deviations">The standard deviations of the next points.</param>
internal sealed record SessionStatus(string Id, long Points, float[] Forecast, float[] Deviations);

/// <summary>Points of a series, in the order of time.</summary>
/// <param name="Values">1 to 1,000 numbers.</param>
/// <param name="Horizon">How many points after the last to forecast, 0 to 16.</param>
internal sealed record Points(float[] Values, int Horizon = PumpModel.Horizon);

/// <summary>What the model says of pushed points.</summary>
/// <param name="FirstPoint">The number of points before them.</param>
/// <param name="Scores">For each point, how many standard deviations it is from its forecast; 0 for the very first.</param>
/// <param name="Anomalies">For each point, whether the score exceeds the threshold.</param>
/// <param name="Forecast">The points after the last, as many as the request asks for.</param>
/// <param name="Deviations">The standard deviations of those points.</param>
/// <param name="ModelVersion">The version of the model that computed all of them.</param>
internal sealed record PointsResult(long FirstPoint, float[] Scores, bool[] Anomalies, float[] Forecast, float[] Deviations, int ModelVersion);

/// <summary>Points of several sessions.</summary>
/// <param name="Sessions">1 to 100 sessions, each once.</param>
/// <param name="Horizon">How many points after the last to forecast, 0 to 16.</param>
internal sealed record PointsOfSessions(SessionPoints[] Sessions, int Horizon = PumpModel.Horizon);

/// <summary>Points of a session, in the order of time.</summary>
/// <param name="Id">The session's name.</param>
/// <param name="Values">1 to 1,000 numbers.</param>
internal sealed record SessionPoints(string Id, float[] Values);

/// <summary>What the model says of the points of several sessions.</summary>
/// <param name="Sessions">The sessions, in the order of the request.</param>
internal sealed record SessionsResult(SessionResult[] Sessions);

/// <summary>The outcome for one session: all of its points were taken, or none.</summary>
/// <param name="Id">The session's name.</param>
/// <param name="Status">The status code of a request with these points alone.</param>
/// <param name="Result">What the model says of them; null if they were not taken.</param>
/// <param name="Reason">Why they were not taken; null if they were.</param>
internal sealed record SessionResult(string Id, int Status, PointsResult? Result, string? Reason);

/// <summary>The model that is served.</summary>
/// <param name="Description">Its layers.</param>
/// <param name="Version">1, and one more after each reload.</param>
/// <param name="Threshold">The score above which a point is an anomaly.</param>
/// <param name="Figures">How it compares with baselines on data that it was not trained on.</param>
/// <param name="Sessions">Sessions in memory.</param>
internal sealed record ModelStatus(string Description, int Version, float Threshold, ComparisonRow[] Figures, int Sessions);

/// <summary>How one method does.</summary>
/// <param name="Name">The method.</param>
/// <param name="ErrorNear">Mean absolute error of the next point.</param>
/// <param name="ErrorFar">Mean absolute error 16 points ahead.</param>
/// <param name="Found">Faulty strokes found.</param>
/// <param name="Faults">Faulty strokes.</param>
/// <param name="FalseAlarms">False alarms in percent of the healthy points.</param>
internal sealed record ComparisonRow(string Name, string ErrorNear, string ErrorFar, string Found, string Faults, string FalseAlarms);

/// <summary>A point of the demonstration.</summary>
/// <param name="Time">Its number.</param>
/// <param name="Value">The pressure in bar.</param>
/// <param name="Fault">What is wrong with the stroke: none, leak, knock or stuck.</param>
/// <param name="Stroke">The number of the stroke.</param>
/// <param name="Score">The network's score, over its threshold.</param>
/// <param name="BaselineScore">The linear model's score, over its threshold.</param>
/// <param name="Expected">The network's forecast of this point, before it was known.</param>
/// <param name="BaselineExpected">The linear model's forecast of this point; null while it has too few.</param>
/// <param name="Forecast">The network's forecast of the next points.</param>
/// <param name="Deviations">Their standard deviations.</param>
internal sealed record DemoPoint(int Time, float Value, string Fault, int Stroke, float Score, float BaselineScore, float? Expected, float? BaselineExpected, float[] Forecast, float[] Deviations);

/// <summary>The health of the service.</summary>
/// <param name="Status">Healthy, Degraded or Unhealthy.</param>
/// <param name="Checks">What each check says.</param>
internal sealed record Health(string Status, string[] Checks);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NewSession))]
[JsonSerializable(typeof(SessionStatus))]
[JsonSerializable(typeof(Points))]
[JsonSerializable(typeof(PointsResult))]
[JsonSerializable(typeof(PointsOfSessions))]
[JsonSerializable(typeof(SessionsResult))]
[JsonSerializable(typeof(ModelStatus))]
[JsonSerializable(typeof(DemoPoint))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
internal sealed partial class ApiJson : JsonSerializerContext;
