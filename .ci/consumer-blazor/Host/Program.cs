using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.FileProviders;

// Serves a published Blazor app, opens it in a browser without a window, and prints the results that the page sends, with the app's size.
// Arguments: the app's wwwroot, the browser.
string root = Path.GetFullPath(args[0]);
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
await using WebApplication app = builder.Build();
var files = new PhysicalFileProvider(root);
app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
app.UseStaticFiles(new StaticFileOptions { FileProvider = files, ServeUnknownFileTypes = true });
var posted = new TaskCompletionSource<string>();
app.MapPost("/result", async (HttpRequest request) =>
{
    using var reader = new StreamReader(request.Body);
    posted.TrySetResult(await reader.ReadToEndAsync());
});
await app.StartAsync();

string profile = Directory.CreateTempSubdirectory("browser").FullName;
using Process browser = Process.Start(args[1], ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", $"--user-data-dir={profile}", app.Urls.First()]);
try
{
    string result = await posted.Task.WaitAsync(TimeSpan.FromMinutes(3));
    string[] all = Directory.GetFiles(root, "*", SearchOption.AllDirectories);
    string sizes = string.Create(CultureInfo.InvariantCulture, $"{Size(all.Where(file => Path.GetExtension(file) is not (".gz" or ".br"))):F1} MB, {Size(all.Where(file => Path.GetExtension(file) == ".br")):F1} MB compressed");
    Console.WriteLine($"{result}, {sizes}");
    return result.StartsWith("golden file met", StringComparison.Ordinal) && result.Contains("128-bit", StringComparison.Ordinal) ? 0 : 1;
}
finally
{
    browser.Kill(entireProcessTree: true);
    await browser.WaitForExitAsync();
    try
    {
        Directory.Delete(profile, recursive: true);
    }
    catch (IOException)
    {
        // A child of the browser still writes; the folder is a temporary one.
    }
}

static double Size(IEnumerable<string> files) => files.Sum(file => new FileInfo(file).Length) / 1e6;
