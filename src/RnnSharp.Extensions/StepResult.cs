using System.Runtime.InteropServices;

namespace RnnSharp.Serving;

/// <summary>What is known of a completed call of steps beside its output.</summary>
/// <param name="FirstStep">The number of steps that the session had made before the call.</param>
/// <param name="ModelVersion">The version of the model that computed all steps of the call: 1, and one more after each reload.</param>
/// <param name="Metadata">The metadata of that model's file, such as the units of its outputs; empty if it came from no file.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StepResult(long FirstStep, int ModelVersion, IReadOnlyDictionary<string, string> Metadata);
