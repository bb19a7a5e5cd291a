using FluentAssertions;
using RnnSharp.Layers;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Tokens that another thread replaces with zero tokens and back while methods read them: the number of a zero token must never become an index.</summary>
public sealed class ConcurrentTokenTests
{
    private const int Vocabulary = 3;

    [Fact]
    public void One_hot_columns_can_be_copied_while_another_thread_changes_the_tokens()
    {
        // Token 0 or a zero token: the number of the latter would set the last feature of the column before.
        const int Steps = 500;
        Sequence<float> tokens = Sequence<float>.ForTokens(Vocabulary, 1, Steps);
        var failures = new List<Exception>();
        float last = 0;
        ConcurrentChange.RunBeside(
            _ =>
            {
                for (int t = 0; t < Steps; t++) tokens.SetToken(0, t, Sequence<float>.ZeroToken);
                for (int t = 0; t < Steps; t++) tokens.SetToken(0, t, 0);
            },
            [Recorded(() => last += tokens.AsMatrix().Row(Vocabulary - 1).Sum(), failures)],
            rounds: 1000);
        failures.Should().BeEmpty();
        last.Should().Be(0);
    }

    [Fact]
    public void An_embedding_computes_gradients_while_another_thread_changes_the_tokens()
    {
        // As many columns as are summed in blocks.
        const int Steps = 5000, Size = 200;
        var layer = new EmbeddingLayer<float>(Vocabulary, Size, seed: 1);
        Sequence<float> tokens = Sequence<float>.ForTokens(Vocabulary, 1, Steps);
        ForwardPass<float> pass = layer.Forward(tokens);
        var gradient = new Sequence<float>(Size, 1, Steps);
        Gradients<float> gradients = layer.CreateGradients();
        var failures = new List<Exception>();
        ConcurrentChange.RunBeside(_ => Toggle(tokens), [Recorded(() => layer.Backward(pass, gradient, reuse: gradients), failures)], rounds: 100);
        failures.Should().BeEmpty();
    }

    private static void Toggle(Sequence<float> tokens)
    {
        tokens.SetToken(0, 0, Sequence<float>.ZeroToken);
        tokens.SetToken(0, 0, Vocabulary - 1);
    }

    private static Action Recorded(Action call, List<Exception> failures) => () =>
    {
        try
        {
            call();
        }
        catch (Exception error)
        {
            failures.Add(error);
        }
    };
}
