using System.Globalization;
using System.Text.Json;
using PuppeteerSharp;

// Opens the page of samples/ForecastService in headless Chromium, watches it until the stream has ended, and checks what it shows:
//   dotnet run --project tests/ForecastService.Browser -- URL SCREENSHOT [CHROMIUM]
if (args is not [var url, var screenshot, ..])
{
    await Console.Error.WriteLineAsync("Usage: ForecastService.Browser URL SCREENSHOT [CHROMIUM]").ConfigureAwait(false);
    return 2;
}

const int Points = 520;
var faults = new List<string>();
IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions
{
    ExecutablePath = args.ElementAtOrDefault(2) ?? "/usr/bin/chromium",
    Args = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
    DefaultViewport = new ViewPortOptions { Width = 1120, Height = 1180 },
}).ConfigureAwait(false);
await using (browser.ConfigureAwait(false))
{
    IPage page = await browser.NewPageAsync().ConfigureAwait(false);
    page.PageError += (_, error) => faults.Add($"script error: {error.Message}");
    page.Console += (_, message) => Report(message.Message.Type == ConsoleType.Error && !message.Message.Text.Contains("ERR_INCOMPLETE_CHUNKED", StringComparison.Ordinal), $"console: {message.Message.Text}");
    page.RequestFailed += (_, request) => Report(!request.Request.Url.Contains("/demo", StringComparison.Ordinal), $"request failed: {request.Request.Url}");
    page.Request += (_, request) => Report(!request.Request.Url.StartsWith(url, StringComparison.Ordinal) && !request.Request.Url.StartsWith("data:", StringComparison.Ordinal), $"another host: {request.Request.Url}");
    await page.GoToAsync(string.Create(CultureInfo.InvariantCulture, $"{url}/?points={Points}&rate=200&seed=7&faults=0.3")).ConfigureAwait(false);
    try
    {
        await page.WaitForFunctionAsync("() => document.body.dataset.ended !== undefined && document.getElementById('figures').rows.length > 0", new WaitForFunctionOptions { Timeout = 30_000 }).ConfigureAwait(false);
        await Task.Delay(200).ConfigureAwait(false); // the last frame
    }
    catch (WaitTaskTimeoutException)
    {
        faults.Add("the stream and the comparison are not shown within half a minute");
    }

    await page.ScreenshotAsync(screenshot).ConfigureAwait(false);
    JsonElement shown = await page.EvaluateFunctionAsync<JsonElement>("""
        () => {
            const text = id => document.getElementById(id).textContent;
            const inks = id => {
                const canvas = document.getElementById(id), colors = new Set();
                const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
                for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) colors.add(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]);
                return colors.size;
            };
            return { ended: text("progress"), error: +text("error"), errorBaseline: +text("errorBaseline"), found: parseInt(text("found")), foundBaseline: parseInt(text("foundBaseline")),
                rows: document.getElementById("figures").rows.length, pressure: inks("pressure"), score: inks("score"), wide: document.documentElement.scrollWidth > innerWidth };
        }
        """).ConfigureAwait(false);
    Console.WriteLine(shown);
    Report(!string.Equals(shown.GetProperty("ended").GetString(), $"{Points} points, ended", StringComparison.Ordinal), "the stream is not shown to its end");
    Report(!(Number("error") < Number("errorBaseline")), "the network's error is not below the baseline's");
    Report(!(Number("found") > Number("foundBaseline")), "the network does not find more faults than the baseline");
    Report(shown.GetProperty("rows").GetInt32() != 4, "the comparison has not four rows");
    Report(shown.GetProperty("pressure").GetInt32() < 3 || shown.GetProperty("score").GetInt32() < 3, "a chart is empty");
    Report(shown.GetProperty("wide").GetBoolean(), "the page is wider than the window");

    double Number(string name) => shown.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : double.NaN;
}

foreach (string fault in faults) await Console.Error.WriteLineAsync(fault).ConfigureAwait(false);
return faults.Count == 0 ? 0 : 1;

void Report(bool isWrong, string fault)
{
    if (isWrong) faults.Add(fault);
}
