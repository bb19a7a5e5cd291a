using System.Numerics;

namespace RnnSharp.Text;

/// <summary>A beam search: the continuations that are followed are the rows of one batch.</summary>
internal sealed class BeamSearch<T>(LanguageModel<T> model, int[] prompt, BeamSearchOptions options)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _size = model.Tokenizer.Size;
    private readonly double[] _logarithms = new double[model.Tokenizer.Size];
    private readonly bool[] _allowed = new bool[model.Tokenizer.Size];
    private readonly List<(Node Node, double Score, bool IsEnded)> _found = [];

    // The likeliest continuations of a step, the worst of them first.
    private readonly PriorityQueue<Candidate, Candidate> _best = new(Comparer<Candidate>.Create((a, b) => BestFirst(b, a)));

    // The continuations that are followed, in the rows of _stepper, whose output has the scores of their next tokens; after a step _spare gets the next ones.
    private Node[] _live = [new(null, -1, 0, 0)];
    private Stepper<T>? _stepper;
    private Stepper<T>? _spare;

    public IReadOnlyList<BeamHypothesis> Run(CancellationToken cancellationToken)
    {
        Stepper<T> first = Prime(cancellationToken);
        int length = 0;
        while (_live.Length > 0)
        {
            Expand(_stepper ?? first);
            length++;
            if (length == options.MaxTokens || _best.Count == 0 || IsDecided()) break;
            cancellationToken.ThrowIfCancellationRequested();
            Advance(_stepper ?? first);
        }

        // At the limit, those that are still followed count as they are.
        if (length == options.MaxTokens)
        {
            foreach (Candidate candidate in Taken()) Found(NodeOf(candidate), isEnded: false);
        }

        return [.. _found.Select(Result)];
    }

    private Stepper<T> Prime(CancellationToken cancellationToken)
    {
        Stepper<T> stepper = model.Layer.CreateStepper(1);
        foreach (int input in model.Inputs(prompt))
        {
            cancellationToken.ThrowIfCancellationRequested();
            stepper.Step((int[])[input]);
        }

        return stepper;
    }

    /// <summary>Extends every continuation by every token. The likeliest go to <see cref="_best"/>, and those that end to what has been found.</summary>
    private void Expand(Stepper<T> stepper)
    {
        _best.Clear();
        for (int row = 0; row < _live.Length; row++)
        {
            LanguageModel<T>.LogSoftmax(stepper.Output.Slice(row * _size, _size), _logarithms);
            Allow(_live[row]);
            for (int token = 0; token < _size; token++)
            {
                if (!_allowed[token] || double.IsNegativeInfinity(_logarithms[token])) continue;
                var candidate = new Candidate(_live[row].LogProbability + _logarithms[token], row, token);
                if (options.StopTokens.Contains(token)) Found(NodeOf(candidate), isEnded: true);
                else if (_best.Count < options.Width) _best.Enqueue(candidate, candidate);
                else if (BestFirst(candidate, _best.Peek()) < 0) _best.DequeueEnqueue(candidate, candidate);
            }
        }
    }

    private void Allow(Node node)
    {
        _allowed.AsSpan().Fill(options.AllowedTokens is null);
        foreach (int token in options.AllowedTokens ?? []) _allowed[token] = true;
        options.Filter?.Invoke((int[])[.. prompt, .. node.Tokens()], _allowed);
    }

    /// <summary>Whether nothing that is still followed can rank among the results: no token adds to a probability, and no length divides by more than the longest.</summary>
    private bool IsDecided()
    {
        if (_found.Count < options.Results) return false;
        double likeliest = double.NegativeInfinity;
        foreach ((Candidate candidate, _) in _best.UnorderedItems) likeliest = Math.Max(likeliest, candidate.LogProbability);
        return _found[^1].Score >= Score(likeliest, options.MaxTokens);
    }

    /// <summary>Gives each of the likeliest continuations a row with the state of the one that it extends, and runs the step of its token.</summary>
    private void Advance(Stepper<T> from)
    {
        Candidate[] taken = [.. Taken()];
        _spare ??= model.Layer.CreateStepper(options.Width);
        var inputs = new int[options.Width];
        for (int row = 0; row < taken.Length; row++)
        {
            _spare.State.CopyExample(from.State, taken[row].Parent, row);
            inputs[row] = taken[row].Token;
        }

        _live = [.. taken.Select(NodeOf)];
        _spare.Step(inputs);
        (_stepper, _spare) = (_spare, _stepper);
    }

    /// <summary>The likeliest continuations, the best first.</summary>
    private IEnumerable<Candidate> Taken() => _best.UnorderedItems.Select(item => item.Element).Order(Comparer<Candidate>.Create(BestFirst));

    private Node NodeOf(Candidate candidate) => new(_live[candidate.Parent], candidate.Token, candidate.LogProbability, _live[candidate.Parent].Length + 1);

    private double Score(double logProbability, int length) => logProbability / Math.Pow((5.0 + length) / 6, options.LengthPenalty);

    /// <summary>Keeps a continuation if it is among the best; of equal ones, those found first.</summary>
    private void Found(Node node, bool isEnded)
    {
        double score = Score(node.LogProbability, node.Length);
        int at = _found.Count;
        while (at > 0 && score > _found[at - 1].Score) at--;
        if (at == options.Results) return;
        _found.Insert(at, (node, score, isEnded));
        if (_found.Count > options.Results) _found.RemoveAt(options.Results);
    }

    private BeamHypothesis Result((Node Node, double Score, bool IsEnded) found)
    {
        int[] tokens = (found.IsEnded ? found.Node.Parent! : found.Node).Tokens();
        return new BeamHypothesis(tokens, model.Tokenizer.Decode(tokens), found.Node.LogProbability, found.Score, found.IsEnded);
    }

    /// <summary>The likeliest comes first; of equally likely ones, that of the first row, then of the lowest token.</summary>
    private static int BestFirst(Candidate a, Candidate b)
    {
        int byProbability = b.LogProbability.CompareTo(a.LogProbability), byParent = a.Parent.CompareTo(b.Parent);
        return byProbability != 0 ? byProbability : byParent != 0 ? byParent : a.Token.CompareTo(b.Token);
    }

    /// <summary>A row extended by a token.</summary>
    private readonly record struct Candidate(double LogProbability, int Parent, int Token);

    /// <summary>A continuation: one that is a token shorter, and the token.</summary>
    private sealed record Node(Node? Parent, int Token, double LogProbability, int Length)
    {
        public int[] Tokens()
        {
            var tokens = new int[Length];
            for (Node node = this; node.Parent is not null; node = node.Parent) tokens[node.Length - 1] = node.Token;
            return tokens;
        }
    }
}
