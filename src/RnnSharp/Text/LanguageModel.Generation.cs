using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <content>Generation of text, token by token.</content>
public sealed partial class LanguageModel<T>
{
    /// <summary>Continues a text.</summary>
    /// <param name="prompt">What the text begins with; may be empty.</param>
    /// <param name="options">How tokens are chosen, and when the text ends.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    /// <returns>The continuation, without the prompt and without what ended it.</returns>
    /// <exception cref="ArgumentException">The prompt is null or cannot be encoded, or a token of the options is out of range.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="InvalidOperationException">The scores are not finite, or no token is allowed.</exception>
    public string Generate(string prompt = "", GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        GenerationRun<T> run = Start([Encode(prompt, nameof(prompt))], options, withText: true);
        while (run.Step(cancellationToken))
        {
        }

        return run.Rows[0].TakeText();
    }

    /// <summary>Continues several texts at once, as one batch.</summary>
    /// <param name="prompts">What the texts begin with, at least one.</param>
    /// <param name="options">How tokens are chosen, and when a text ends. The seed of text i is Seed + i, so that each is as if it were generated alone with that seed.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    /// <returns>The continuations, in the order of the prompts.</returns>
    /// <exception cref="ArgumentException">There is no prompt, one is null or cannot be encoded, or a token of the options is out of range.</exception>
    /// <inheritdoc cref="Generate(string, GenerationOptions, CancellationToken)"/>
    public string[] GenerateBatch(IReadOnlyList<string> prompts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Count == 0) throw Check.Shape(nameof(prompts), "at least one prompt", "none");
        GenerationRun<T> run = Start([.. prompts.Select(prompt => Encode(prompt, nameof(prompts)))], options, withText: true);
        while (run.Step(cancellationToken))
        {
        }

        return [.. run.Rows.Select(row => row.TakeText())];
    }

    /// <summary>Continues a sequence of tokens.</summary>
    /// <param name="prompt">What it begins with; may be empty.</param>
    /// <param name="options">How tokens are chosen, and when the sequence ends.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    /// <returns>The tokens after the prompt, without a stop token. Those of a stop sequence are part of them, because a token may be more than its end.</returns>
    /// <exception cref="ArgumentException">A token of the prompt or of the options is out of range.</exception>
    /// <inheritdoc cref="Generate(string, GenerationOptions, CancellationToken)"/>
    public int[] GenerateTokens(ReadOnlySpan<int> prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckTokens(prompt, nameof(prompt));
        GenerationRun<T> run = Start([prompt.ToArray()], options, withText: false);
        while (run.Step(cancellationToken))
        {
        }

        return run.Rows[0].Generated.ToArray();
    }

    /// <summary>
    /// Continues a text, and returns each part as soon as it is certain: whole characters only, and nothing that may be the beginning of a stop sequence.
    /// The parts together are what <see cref="Generate"/> returns. Steps run on the thread pool.
    /// </summary>
    /// <param name="prompt">What the text begins with; may be empty.</param>
    /// <param name="options">How tokens are chosen, and when the text ends.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    /// <inheritdoc cref="Generate(string, GenerationOptions, CancellationToken)"/>
    public IAsyncEnumerable<string> GenerateAsync(string prompt = "", GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        int[] tokens = Encode(prompt, nameof(prompt));
        CheckOptions(options);
        return StreamText(tokens, options, cancellationToken);
    }

    /// <summary>Continues a sequence of tokens, and returns each as soon as it is generated. Steps run on the thread pool.</summary>
    /// <param name="prompt">What it begins with; may be empty.</param>
    /// <param name="options">How tokens are chosen, and when the sequence ends.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    /// <exception cref="ArgumentException">The prompt is null, or a token of it or of the options is out of range.</exception>
    /// <inheritdoc cref="GenerateTokens"/>
    public IAsyncEnumerable<int> GenerateTokensAsync(IReadOnlyList<int> prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        int[] tokens = [.. prompt];
        CheckTokens(tokens, nameof(prompt));
        CheckOptions(options);
        return StreamTokens(tokens, options, cancellationToken);
    }

    /// <summary>
    /// Looks for the likeliest continuations of a text by beam search. Of every step's continuations, the likeliest that have not ended are followed; all
    /// that end are ranked by <see cref="BeamHypothesis.Score"/>, together with those that reach the limit of tokens. A width that leaves
    /// nothing out finds the best of all continuations.
    /// </summary>
    /// <param name="prompt">What the text begins with; may be empty.</param>
    /// <param name="options">Width, length normalization and limits.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    /// <returns>The best continuations, the best first. There can be fewer than wanted, and none if no token is allowed.</returns>
    /// <exception cref="ArgumentException">The prompt is null or cannot be encoded, a token of the options is out of range, or the width is too large for an array.</exception>
    /// <inheritdoc cref="Generate(string, GenerationOptions, CancellationToken)"/>
    public IReadOnlyList<BeamHypothesis> BeamSearch(string prompt = "", BeamSearchOptions? options = null, CancellationToken cancellationToken = default) =>
        Search(Encode(prompt, nameof(prompt)), options, cancellationToken);

    /// <summary>Looks for the likeliest continuations of tokens by beam search.</summary>
    /// <param name="prompt">What they begin with; may be empty.</param>
    /// <param name="options">Width, length normalization and limits.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    /// <exception cref="ArgumentException">A token of the prompt or of the options is out of range, or the width is too large for an array.</exception>
    /// <inheritdoc cref="BeamSearch(string, BeamSearchOptions, CancellationToken)"/>
    public IReadOnlyList<BeamHypothesis> BeamSearch(ReadOnlySpan<int> prompt, BeamSearchOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckTokens(prompt, nameof(prompt));
        return Search(prompt.ToArray(), options, cancellationToken);
    }

    private IReadOnlyList<BeamHypothesis> Search(int[] prompt, BeamSearchOptions? options, CancellationToken cancellationToken)
    {
        options ??= BeamSearchOptions.Default;
        CheckChoices(options.AllowedTokens, options.StopTokens, nameof(options));
        if (options.Width > Array.MaxLength / Tokenizer.Size) throw Check.Shape(nameof(options), $"a width of at most {Array.MaxLength / Tokenizer.Size} for {Tokenizer.Size} tokens", $"{options.Width}");
        return new BeamSearch<T>(this, prompt, options).Run(cancellationToken);
    }

    private void CheckOptions(GenerationOptions? options)
    {
        if (options is not null) CheckChoices(options.AllowedTokens, options.StopTokens, nameof(options));
    }

    private GenerationRun<T> Start(int[][] prompts, GenerationOptions? options, bool withText)
    {
        CheckOptions(options);
        return new GenerationRun<T>(this, prompts, options ?? GenerationOptions.Default, withText);
    }

    private async IAsyncEnumerable<string> StreamText(int[] prompt, GenerationOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GenerationRun<T> run = Start([prompt], options, withText: true);
        for (bool more = true; more;)
        {
            (more, string text) = await Task.Run(() => (run.Step(cancellationToken), run.Rows[0].TakeText()), cancellationToken).ConfigureAwait(false);
            if (text.Length > 0) yield return text;
        }
    }

    private async IAsyncEnumerable<int> StreamTokens(int[] prompt, GenerationOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GenerationRun<T> run = Start([prompt], options, withText: false);
        int returned = 0;
        for (bool more = true; more;)
        {
            more = await Task.Run(() => run.Step(cancellationToken), cancellationToken).ConfigureAwait(false);
            while (returned < run.Rows[0].Generated.Length) yield return run.Rows[0].Generated[returned++];
        }
    }
}
