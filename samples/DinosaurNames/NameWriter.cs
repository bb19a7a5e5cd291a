using RnnSharp;
using RnnSharp.Numerics;

namespace DinosaurNames;

/// <summary>Writes names one character at a time: each is sampled from the network's prediction and then fed back to it.</summary>
internal sealed class NameWriter(ILayer<float> network, Vocabulary vocabulary, double temperature, FastRandom random)
{
    private readonly State<float> _state = network.CreateState(batch: 1);
    private readonly float[] _scores = new float[vocabulary.Size];
    private readonly List<int> _name = [];

    public string Write()
    {
        _state.Clear();
        _name.Clear();
        int token = Vocabulary.Boundary;
        while (_name.Count < vocabulary.LongestName)
        {
            network.Step(StepInput<float>.Tokens([token]), _state, _scores);
            token = Sample();
            if (token == Vocabulary.Boundary) break;
            _name.Add(token);
        }

        return vocabulary.Decode(_name);
    }

    public IEnumerable<string> Write(int count) => Enumerable.Range(0, count).Select(_ => Write());

    private int Sample()
    {
        for (int i = 0; i < _scores.Length; i++) _scores[i] = (float)(_scores[i] / temperature);
        Softmax.Column<float>(_scores, _scores);

        // No name is empty, so the first character is never the boundary.
        int first = _name.Count == 0 ? Vocabulary.Boundary + 1 : Vocabulary.Boundary;
        double total = 0;
        for (int i = first; i < _scores.Length; i++) total += _scores[i];
        double left = random.NextDouble() * total;
        for (int i = first; i < _scores.Length; i++)
        {
            left -= _scores[i];
            if (left < 0) return i;
        }

        return _scores.Length - 1;
    }
}
