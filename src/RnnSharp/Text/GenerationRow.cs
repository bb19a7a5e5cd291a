using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace RnnSharp.Text;

/// <summary>A text that is being generated.</summary>
/// <param name="inputs">The layer's inputs before the first token that it generates: the start token and the prompt.</param>
/// <param name="prompt">The tokens of the prompt.</param>
/// <param name="options">When the text ends.</param>
/// <param name="sampling">How tokens are chosen.</param>
/// <param name="decoder">Decodes the tokens; null if no text is wanted.</param>
internal sealed class GenerationRow(int[] inputs, int[] prompt, GenerationOptions options, SamplingOptions sampling, TokenDecoder? decoder)
{
    private readonly Sampler _sampler = new(sampling);
    private readonly StopMatcher _stops = new(options.StopSequences);
    private readonly StringBuilder _text = new();

    // The prompt, then what is generated.
    private readonly List<int> _tokens = [.. prompt];
    private int _taken;

    /// <summary>Number of inputs before the first token that is generated.</summary>
    public int Inputs => inputs.Length;

    public bool IsComplete { get; private set; } = options.MaxTokens == 0;

    /// <summary>The next input of the layer.</summary>
    public int Next => _taken < inputs.Length ? inputs[_taken] : _tokens[^1];

    public ReadOnlySpan<int> Generated => CollectionsMarshal.AsSpan(_tokens)[prompt.Length..];

    /// <summary>Takes the scores that followed the last input.</summary>
    public void Take<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsComplete || ++_taken < inputs.Length) return;
        int token = Choose(scores);
        if (options.StopTokens.Contains(token))
        {
            Complete();
            return;
        }

        _tokens.Add(token);
        if (decoder is not null) _text.Append(_stops.Add(decoder.Add(token)));
        if (_stops.IsComplete) IsComplete = true;
        else if (_tokens.Count - prompt.Length == options.MaxTokens) Complete();
    }

    /// <summary>The text since the last call.</summary>
    public string TakeText()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }

    private int Choose<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            return _sampler.Sample(scores, CollectionsMarshal.AsSpan(_tokens));
        }
        catch (ArgumentException exception) when (string.Equals(exception.ParamName, nameof(scores), StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The model's scores after {_tokens.Count} tokens are invalid: {exception.Message}", exception);
        }
    }

    private void Complete()
    {
        IsComplete = true;
        if (decoder is not null) _text.Append(_stops.Add(decoder.Flush())).Append(_stops.Flush());
    }
}
