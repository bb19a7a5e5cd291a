using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.ML.Tokenizers;
using RnnSharp.Data;
using RnnSharp.Extensions.Logging;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.TensorBoard;
using RnnSharp.Text;
using RnnSharp.Tokenizers;
using RnnSharp.Training;

// A language model over the pieces of a tokenizer, whose training is logged and written for TensorBoard.
const string Text = "abcabcdabcabcd";
var tokenizer = new MicrosoftTokenizer(BpeTokenizer.Create(Lines("{\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"ab\":4,\"abc\":5}"), Lines("#version: 0.2\na b\nab c")));
int[] tokens = tokenizer.Encode(string.Concat(Enumerable.Repeat(Text, 50)));
var network = new LayerStack<float>(new LstmLayer<float>(tokenizer.Size, 16, seed: 1), new DenseLayer<float>(16, tokenizer.Size, seed: 2));
var logger = new Messages();
using (var writer = new TensorBoardWriter("runs"))
{
    new Trainer<float>(network, new Adam<float>(0.02), new SoftmaxCrossEntropy<float>(), new()
    {
        MaxEpochs = 30,
        Callbacks = [new LoggingCallback<float>(logger), new TensorBoardCallback<float>(writer)],
    }).Fit(new TokenStreamBatches<float>(tokens, tokenizer.Size, batch: 2, window: 10));
}

string written = new LanguageModel<float>(network, tokenizer).Generate("abc", new() { Temperature = 0, MaxTokens = 5 });
long bytes = Directory.GetFiles("runs").Sum(file => new FileInfo(file).Length);
Console.WriteLine($"abc is followed by {written}; {logger.Count} messages, {bytes} bytes for TensorBoard.");
return Text.Contains(written, StringComparison.Ordinal) && written.Length >= 5 && logger.Count > 30 && bytes > 1000 ? 0 : 1;

static MemoryStream Lines(string text) => new(Encoding.UTF8.GetBytes(text));

internal sealed class Messages : ILogger
{
    public int Count { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (formatter(state, exception).Length > 0) Count++;
    }
}
