using Xunit.Abstractions;

namespace RnnSharp.Arm64;

/// <summary>Receives what the test framework says, and prints the tests that fail.</summary>
internal sealed class TestResults : Xunit.LongLivedMarshalByRefObject, IMessageSink, IDisposable
{
    private readonly ManualResetEventSlim _discovered = new();
    private readonly ManualResetEventSlim _executed = new();
    private int _passed;
    private int _failed;

    public List<ITestCase> Discovered { get; } = [];

    public int Passed => _passed;

    public int Failed => _failed;

    public void WaitForDiscovery() => _discovered.Wait();

    public void WaitForExecution() => _executed.Wait();

    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestCaseDiscoveryMessage found:
                lock (Discovered) Discovered.Add(found.TestCase);
                break;
            case IDiscoveryCompleteMessage:
                _discovered.Set();
                break;
            case ITestPassed:
                Interlocked.Increment(ref _passed);
                break;
            case ITestFailed failure:
                Fail(failure.Test.DisplayName, failure);
                break;
            case IErrorMessage failure:
                Fail("outside a test", failure);
                break;
            case ITestClassCleanupFailure failure:
                Fail(failure.TestClass.Class.Name, failure);
                break;
            case ITestAssemblyFinished:
                _executed.Set();
                break;
        }

        return true;
    }

    public void Dispose()
    {
        _discovered.Dispose();
        _executed.Dispose();
    }

    private void Fail(string name, IFailureInformation failure)
    {
        Interlocked.Increment(ref _failed);
        Console.WriteLine($"FAILED  {name}: {string.Join(' ', failure.Messages)}");
    }
}
