namespace JazzImprovisation;

/// <summary>Someone who plays over chords, note by note.</summary>
internal interface ISoloist
{
    string Name { get; }

    /// <summary>Begins to play over chords.</summary>
    void Begin(Chart chart);

    /// <summary>Scores each token of the vocabulary for a time: the logarithm of its probability, but for a constant. It is called once for each note.</summary>
    void Score(int time, Span<float> scores);

    /// <summary>Tells which note is played.</summary>
    void Play(Note note);
}
