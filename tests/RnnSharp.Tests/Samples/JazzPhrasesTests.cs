using FluentAssertions;
using JazzImprovisation;
using Xunit;

namespace RnnSharp.Tests.Samples;

/// <summary>What the jazz improvisation sample takes for granted of the phrases that it ships, and what the README says of them.</summary>
public sealed class JazzPhrasesTests
{
    private static readonly IReadOnlyList<Phrase> Phrases = AbcNotation.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "phrases.abc")));

    [Fact]
    public void A_hundred_phrases_are_present_and_different()
    {
        Phrases.Should().HaveCount(100);
        Phrases.Select(phrase => string.Join(' ', phrase.Notes)).Should().OnlyHaveUniqueItems();
        Phrases.Select(phrase => phrase.Title).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Notes_fill_the_bars_of_their_chords() =>
        Phrases.Should().OnlyContain(phrase => phrase.Notes.Sum(note => note.Length) == phrase.Chart.Length && phrase.Timed().All(timed => Note.Fits(timed.Time, timed.Note.Length)));

    [Fact]
    public void Pitches_are_those_of_a_vibraphone() =>
        Phrases.SelectMany(phrase => phrase.Notes).Should().OnlyContain(note => note.Pitch == null || (note.Pitch >= 53 && note.Pitch <= 89));

    [Fact]
    public void Chords_sound_on_strong_beats()
    {
        bool[] inChord = [.. Phrases.SelectMany(phrase => phrase.Timed().Where(timed => timed.Note.Pitch is not null && timed.Time % (2 * Note.Beat) == 0).Select(timed => phrase.Chart.At(timed.Time).Has(timed.Note.Pitch!.Value)))];
        inChord.Average(isIn => isIn ? 1.0 : 0).Should().BeGreaterThan(0.85);
    }

    [Fact]
    public void Every_phrase_survives_being_written_in_every_key()
    {
        foreach (Phrase phrase in Phrases)
        {
            for (int key = Phrase.LowestKey; key <= Phrase.HighestKey; key++)
            {
                Phrase transposed = phrase.Transpose(key);
                Phrase read = AbcNotation.Parse($"T:{phrase.Title}\n{AbcNotation.Write(transposed).ReplaceLineEndings(" ")}").Single();
                read.Notes.Should().Equal(transposed.Notes, phrase.Title);
                read.Chart.Beats.Should().Equal(transposed.Chart.Beats, phrase.Title);
            }
        }
    }

    [Theory]
    [InlineData("C D E F G A B c |]")]
    [InlineData("\"C7\" C D E F G A B |]")]
    [InlineData("\"C7\" C D E F G A B c d |]")]
    [InlineData("\"Cxyz\" C8 |]")]
    [InlineData("\"C7\" C4 H4 |]")]
    public void A_wrong_bar_is_refused(string line)
    {
        Action parse = () => AbcNotation.Parse("T:wrong\n" + line);
        parse.Should().Throw<InvalidDataException>().WithMessage("wrong:*");
    }
}
