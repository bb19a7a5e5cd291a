using System.Collections.Concurrent;
using System.Diagnostics;
using RnnSharp;

namespace ForecastService;

/// <summary>
/// A session of the load test, with a pump of its own. It computes each answer itself, step by step, and compares every bit. Which model answered
/// follows from the bits when a version is first seen, and must then always be the same.
/// </summary>
internal sealed class LoadSession
{
    private const int MostPoints = 4;

    private readonly PumpModel[] _models;
    private readonly ConcurrentDictionary<int, int> _versions;
    private readonly ulong _seed;
    private readonly State<float> _state;
    private readonly State<float> _before;
    private readonly float[] _output = new float[PumpModel.Outputs];
    private readonly float[] _outputBefore = new float[PumpModel.Outputs];

    // The points and the model of each call, to repeat them up to the one after which the service has saved the session.
    private readonly List<(byte Points, byte Model)> _calls = [];
    private readonly Random _random;
    private Pump _pump;
    private float[] _unanswered = [];

    public LoadSession(int number, int seed, PumpModel[] models, ConcurrentDictionary<int, int> versions)
    {
        Id = $"session {number}";
        _models = models;
        _versions = versions;
        _seed = (ulong)(100_000 * (long)seed + number);
        _random = new Random(number);
        _pump = new Pump(_seed, faultRate: 0.1);
        _state = models[0].Network.CreateState(1);
        _before = models[0].Network.CreateState(1);
    }

    public string Id { get; }

    /// <summary>The points that have been answered.</summary>
    public long Points { get; private set; }

    /// <summary>The points that had been pushed when the session was saved; -1 if it has not been.</summary>
    public long SavedPoints { get; private set; } = -1;

    private string Address => $"sessions/{Uri.EscapeDataString(Id)}";

    public async Task CreateAsync(HttpClient http)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(new Uri("sessions", UriKind.Relative), new NewSession(Id), ApiJson.Default.NewSession).ConfigureAwait(false);
        await LoadClient.RequireSuccess(response, "a new session").ConfigureAwait(false);
    }

    /// <summary>Pushes the next points, and checks the answer.</summary>
    /// <returns>The time from the request to the answer, without the check.</returns>
    public Task<TimeSpan> PushAsync(HttpClient http) => PushAsync(http, Next(1 + _random.Next(MostPoints)), PumpModel.Horizon);

    /// <summary>Pushes the next point, for a forecast of the one after it, and checks the answer.</summary>
    public Task<TimeSpan> PushOneAsync(HttpClient http) => PushAsync(http, Next(1), horizon: 1);

    /// <summary>Pushes the next point of each of several sessions in one request, as <see cref="PushOneAsync"/> does for one.</summary>
    public static async Task<TimeSpan> PushAsync(HttpClient http, LoadSession[] sessions)
    {
        var points = new PointsOfSessions([.. sessions.Select(session => new SessionPoints(session.Id, session.Next(1)))], Horizon: 1);
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await http.PostAsJsonAsync(new Uri("points", UriKind.Relative), points, ApiJson.Default.PointsOfSessions).ConfigureAwait(false);
        await LoadClient.RequireSuccess(response, "a push of points of several sessions").ConfigureAwait(false);
        SessionResult[] results = (await response.Content.ReadFromJsonAsync(ApiJson.Default.SessionsResult).ConfigureAwait(false))?.Sessions ?? [];
        TimeSpan latency = Stopwatch.GetElapsedTime(start);
        if (results.Length != sessions.Length) throw new LoadFailedException($"{sessions.Length} sessions were answered with {results.Length} results");
        for (int i = 0; i < sessions.Length; i++)
        {
            if (!string.Equals(results[i].Id, sessions[i].Id, StringComparison.Ordinal)) throw new LoadFailedException($"{sessions[i].Id} was answered with the result of {results[i].Id}");
            sessions[i].Check(results[i].Result ?? throw new LoadFailedException($"{results[i].Id} was answered {results[i].Status}: {results[i].Reason}"), horizon: 1);
        }

        return latency;
    }

    private async Task<TimeSpan> PushAsync(HttpClient http, float[] values, int horizon)
    {
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await http.PostAsJsonAsync(new Uri($"{Address}/points", UriKind.Relative), new Points(values, horizon), ApiJson.Default.Points).ConfigureAwait(false);
        await LoadClient.RequireSuccess(response, "a push of points").ConfigureAwait(false);
        PointsResult answer = await response.Content.ReadFromJsonAsync(ApiJson.Default.PointsResult).ConfigureAwait(false) ?? throw new LoadFailedException("a push of points was answered null");
        TimeSpan latency = Stopwatch.GetElapsedTime(start);
        Check(answer, horizon);
        return latency;
    }

    public async Task SaveAsync(HttpClient http)
    {
        using HttpResponseMessage response = await http.PostAsync(new Uri($"{Address}/save", UriKind.Relative), null).ConfigureAwait(false);
        await LoadClient.RequireSuccess(response, "a save").ConfigureAwait(false);
        SavedPoints = Points;
    }

    /// <summary>Goes back to where the restarted service has the session, and compares its forecast.</summary>
    /// <returns>The points to push again.</returns>
    public async Task<long> ContinueAsync(HttpClient http)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri(Address, UriKind.Relative)).ConfigureAwait(false);
        await LoadClient.RequireSuccess(response, "a saved session").ConfigureAwait(false);
        SessionStatus status = await response.Content.ReadFromJsonAsync(ApiJson.Default.SessionStatus).ConfigureAwait(false) ?? throw new LoadFailedException("a session is null");
        if (status.Points < SavedPoints) throw new LoadFailedException($"{Id} was saved after {SavedPoints} points, and has {status.Points} after the restart");
        long answered = Points;
        Repeat(status.Points);
        if (Points < status.Points) Answer(status);
        if (Points != status.Points) throw new LoadFailedException($"{Id} has {status.Points} points after the restart, which no call ended with");
        if (!Matches(status)) throw new LoadFailedException($"{Id} has another forecast after the restart");
        return Math.Max(answered - Points, 0);
    }

    /// <summary>Steps again, from the beginning, as far as the service has come.</summary>
    private void Repeat(long points)
    {
        _state.Clear();
        _pump = new Pump(_seed, faultRate: 0.1);
        Points = 0;
        int kept = 0;
        while (kept < _calls.Count && Points + _calls[kept].Points <= points)
        {
            for (int i = 0; i < _calls[kept].Points; i++) _models[_calls[kept].Model].Network.Step(new[] { _pump.Next().Value }, _state, _output);
            Points += _calls[kept++].Points;
        }

        _calls.RemoveRange(kept, _calls.Count - kept);
    }

    /// <summary>Takes over the call that the service had completed and saved when it was killed, before its answer arrived.</summary>
    private void Answer(SessionStatus status)
    {
        _before.CopyFrom(_state);
        for (int model = 0; model < _models.Length; model++)
        {
            _state.CopyFrom(_before);
            foreach (float value in _unanswered) _models[model].Network.Step(new[] { value }, _state, _output);
            if (!Matches(status)) continue;
            for (int i = 0; i < _unanswered.Length; i++) _pump.Next();
            Keep(_unanswered.Length, model);
            return;
        }
    }

    private bool Matches(SessionStatus status) => status.Points == 0 || (status.Forecast.AsSpan().SequenceEqual(PumpModel.Forecast(_output)) && status.Deviations.AsSpan().SequenceEqual(PumpModel.Deviations(_output)));

    private float[] Next(int count) => _unanswered = [.. Enumerable.Range(0, count).Select(_ => _pump.Next().Value)];

    private void Check(PointsResult answer, int horizon)
    {
        float[] values = _unanswered;
        if (answer.FirstPoint != Points) throw new LoadFailedException($"{Id} had {answer.FirstPoint} points, not {Points}");
        _before.CopyFrom(_state);
        _output.CopyTo(_outputBefore, 0);
        if (_versions.TryGetValue(answer.ModelVersion, out int model))
        {
            if (!Fits(model)) throw new LoadFailedException($"the bits of {Id} after {Points} points differ");
        }
        else
        {
            model = Array.FindIndex(_models, candidate => Fits(Array.IndexOf(_models, candidate)));
            if (model < 0) throw new LoadFailedException($"the bits of {Id} after {Points} points are of no model");
            if (_versions.GetOrAdd(answer.ModelVersion, model) != model) throw new LoadFailedException($"version {answer.ModelVersion} gave the bits of two models");
        }

        Keep(values.Length, model);
        _unanswered = [];

        bool Fits(int candidate)
        {
            _state.CopyFrom(_before);
            var outputs = new float[values.Length * PumpModel.Outputs];
            for (int i = 0; i < values.Length; i++) _models[candidate].Network.Step(new[] { values[i] }, _state, outputs.AsSpan(i * PumpModel.Outputs, PumpModel.Outputs));
            PointsResult expected = Forecasts.Result(_models[candidate], Points, answer.ModelVersion, values, outputs, _outputBefore, horizon);
            outputs.AsSpan(^PumpModel.Outputs..).CopyTo(_output);
            return expected.Scores.AsSpan().SequenceEqual(answer.Scores) && expected.Anomalies.AsSpan().SequenceEqual(answer.Anomalies)
                && expected.Forecast.AsSpan().SequenceEqual(answer.Forecast) && expected.Deviations.AsSpan().SequenceEqual(answer.Deviations);
        }
    }

    private void Keep(int points, int model)
    {
        _calls.Add(((byte)points, (byte)model));
        Points += points;
    }
}
