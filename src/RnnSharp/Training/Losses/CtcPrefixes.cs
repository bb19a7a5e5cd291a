namespace RnnSharp.Training;

/// <summary>The prefixes of a CTC beam search: a tree, in which each prefix is a node below the one that lacks its last label.</summary>
internal sealed class CtcPrefixes
{
    private readonly int _blank;
    private readonly int _width;
    private readonly List<Node> _nodes = [new Node(-1, -1) { Blank = 0 }];
    private readonly Dictionary<(int Node, int Label), int> _children = [];
    private readonly List<int> _touched = [];
    private List<int> _kept = [0];

    /// <summary>Starts with the empty prefix.</summary>
    public CtcPrefixes(int blank, int width)
    {
        _blank = blank;
        _width = width;
    }

    /// <summary>Extends every prefix by one step and keeps the likeliest.</summary>
    /// <param name="logarithms">The logarithm of the probability of each class.</param>
    public void Extend(ReadOnlySpan<double> logarithms)
    {
        _touched.Clear();
        foreach (int prefix in _kept)
        {
            Node node = _nodes[prefix];
            Touch(prefix);
            node.NextBlank = LogSum(node.NextBlank, node.Total + logarithms[_blank]);

            // The last label once more is the same label; it is a second one only after a blank.
            if (node.Label >= 0) node.NextLabel = LogSum(node.NextLabel, node.Last + logarithms[node.Label]);
            for (int c = 0; c < logarithms.Length; c++)
            {
                double probability = (c == node.Label ? node.Blank : node.Total) + logarithms[c];
                if (c == _blank || !(probability > double.NegativeInfinity)) continue;
                int child = Child(prefix, c);
                Touch(child);
                _nodes[child].NextLabel = LogSum(_nodes[child].NextLabel, probability);
            }
        }

        foreach (int prefix in _kept) _nodes[prefix].Clear();
        foreach (int prefix in _touched) _nodes[prefix].Advance();
        _kept = Likeliest();
        foreach (int prefix in _touched) _nodes[prefix].Seen = false;
    }

    /// <summary>The kept prefixes, the likeliest first.</summary>
    public CtcHypothesis[] Hypotheses() => [.. _kept.Select(prefix => new CtcHypothesis(LabelsOf(prefix), _nodes[prefix].Total))];

    private static double LogSum(double a, double b)
    {
        double most = Math.Max(a, b);
        return double.IsNegativeInfinity(most) ? most : most + Math.Log(Math.Exp(a - most) + Math.Exp(b - most));
    }

    private List<int> Likeliest()
    {
        // Of equals the one that is older, so that results are reproducible.
        List<int> possible = _touched.FindAll(prefix => _nodes[prefix].Total > double.NegativeInfinity);
        possible.Sort((a, b) => _nodes[b].Total.CompareTo(_nodes[a].Total) is var order and not 0 ? order : a.CompareTo(b));
        if (possible.Count > _width) possible.RemoveRange(_width, possible.Count - _width);
        return possible;
    }

    private void Touch(int prefix)
    {
        Node node = _nodes[prefix];
        if (node.Seen) return;
        node.Seen = true;
        _touched.Add(prefix);
    }

    private int Child(int prefix, int label)
    {
        if (_children.TryGetValue((prefix, label), out int child)) return child;
        child = _nodes.Count;
        _nodes.Add(new Node(prefix, label));
        _children.Add((prefix, label), child);
        return child;
    }

    private int[] LabelsOf(int prefix)
    {
        var labels = new List<int>();
        for (int at = prefix; _nodes[at].Parent >= 0; at = _nodes[at].Parent) labels.Add(_nodes[at].Label);
        labels.Reverse();
        return [.. labels];
    }

    /// <summary>A prefix with the logarithms of the probabilities that it ends in a blank or in its last label, now and after the next step.</summary>
    private sealed class Node(int parent, int label)
    {
        public int Parent { get; } = parent;

        public int Label { get; } = label;

        public bool Seen { get; set; }

        public double Blank { get; set; } = double.NegativeInfinity;

        public double Last { get; private set; } = double.NegativeInfinity;

        public double NextBlank { get; set; } = double.NegativeInfinity;

        public double NextLabel { get; set; } = double.NegativeInfinity;

        public double Total => LogSum(Blank, Last);

        public void Advance()
        {
            (Blank, Last) = (NextBlank, NextLabel);
            NextBlank = NextLabel = double.NegativeInfinity;
        }

        public void Clear() => Blank = Last = double.NegativeInfinity;
    }
}
