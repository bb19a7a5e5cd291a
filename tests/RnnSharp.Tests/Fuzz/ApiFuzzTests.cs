using System.Globalization;
using FluentAssertions;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Tests.Fuzz;

/// <summary>
/// Random calls of every public member with hostile arguments end in a result or an exception for wrong arguments, wrong states or
/// wrong files, take little memory, and leave everything else as it is. RNNSHARP_EXHAUSTIVE=1 makes 5 million calls instead of 100,000;
/// RNNSHARP_FUZZ_SEGMENT=17 makes those of segment 17 alone and writes each to the standard error before it is made.
/// </summary>
public sealed class ApiFuzzTests(ITestOutputHelper output)
{
    private const int DefaultCalls = 100_000;
    private const int ExhaustiveCalls = 5_000_000;

    [Fact]
    public void Random_calls_throw_nothing_but_the_documented_exceptions()
    {
        using var fuzzer = new ApiFuzzer();
        if (Environment.GetEnvironmentVariable("RNNSHARP_FUZZ_SEGMENT") is { Length: > 0 } segment)
        {
            fuzzer.Run(int.Parse(segment, CultureInfo.InvariantCulture), log: Console.Error.WriteLine);
        }
        else
        {
            int calls = FuzzSettings.Runs(DefaultCalls, ExhaustiveCalls);
            for (int i = 0; fuzzer.Calls < calls && !fuzzer.HasEnoughFailures; i++) fuzzer.Run(i);
            string[] unreached = [.. fuzzer.Members.All.Where(member => member is { TakesArguments: true, Called: 0 }).Select(member => member.Name), .. fuzzer.Members.Uncallable.Select(pair => $"{pair.Key}: {pair.Value}")];
            int reached = fuzzer.Members.All.Count(member => member is { TakesArguments: true, Called: > 0 });
            string[] futile = [.. fuzzer.Members.All.Where(member => member is { TakesArguments: true, Called: > 0, Returned: 0 }).Select(member => member.Name)];
            output.WriteLine($"{fuzzer.Calls} calls, {fuzzer.Returned} returned; {reached} members with arguments called, {unreached.Length} not:\n{string.Join('\n', unreached)}\n{futile.Length} never returned:\n{string.Join('\n', futile)}");
            if (fuzzer.Failures.Count == 0) ((double)reached / (reached + unreached.Length)).Should().BeGreaterThan(0.9, "each of these should be called: {0}", string.Join(", ", unreached));
        }

        fuzzer.Failures.Select(failure => failure.ToString()).Should().BeEmpty();
    }
}
