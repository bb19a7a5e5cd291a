using Xunit;

namespace RnnSharp.Serving.Tests;

/// <summary>Tests that count the bytes that the process allocates, or hear the meter of every server: no other test runs beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
