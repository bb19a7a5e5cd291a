using System.Reflection;
using System.Runtime.InteropServices;
using RnnSharp;
using RnnSharp.Arm64;
using Xunit.Abstractions;
using Xunit.Sdk;

// Runs test classes of RnnSharp.Tests in this process, because no test host runs in the emulator: see run.sh. The arguments are parts of
// their full names.
if (args.Length == 0)
{
    Console.Error.WriteLine("Expected parts of the full names of test classes.");
    return 2;
}

Console.WriteLine($"{RuntimeInformation.ProcessArchitecture}, {Compute.VectorBits}-bit vectors");
var assembly = Assembly.Load("RnnSharp.Tests");
using var results = new TestResults();
using var framework = new XunitTestFramework(results);
using (ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly)))
{
    discoverer.Find(includeSourceInformation: false, results, new TestOptions());
    results.WaitForDiscovery();
}

string[] unknown = Array.FindAll(args, part => !results.Discovered.Exists(test => IsIn(test, part)));
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"No class with tests has a name with {string.Join(" or ", unknown)} in it.");
    return 2;
}

List<ITestCase> chosen = results.Discovered.FindAll(test => Array.Exists(args, part => IsIn(test, part)));
using (ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName()))
{
    executor.RunTests(chosen, results, new TestOptions());
    results.WaitForExecution();
}

Console.WriteLine($"{results.Passed} passed, {results.Failed} failed");
return results.Failed == 0 && results.Passed > 0 ? 0 : 1;

static bool IsIn(ITestCase test, string part) => test.TestMethod.TestClass.Class.Name.Contains(part, StringComparison.Ordinal);
