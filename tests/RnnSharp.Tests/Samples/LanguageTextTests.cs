using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.Samples;

/// <summary>What the sample for language identification takes for granted of the sentences that it ships.</summary>
public sealed class LanguageTextTests
{
    private static readonly Dictionary<string, string[]> Texts = Directory.GetFiles(RepositoryRoot.PathOf("samples/LanguageId/texts"), "*.txt").ToDictionary(file => Path.GetFileNameWithoutExtension(file), File.ReadAllLines);

    [Fact]
    public void Each_of_eight_languages_has_as_many_sentences() => Texts.Values.Select(sentences => sentences.Length).Should().Equal(Enumerable.Repeat(120, 8));

    [Fact]
    public void No_sentence_occurs_twice() => Texts.Values.SelectMany(sentences => sentences).Select(sentence => sentence.ToLowerInvariant()).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Sentences_have_letters_of_the_Latin_script_and_marks() => Texts.Values.SelectMany(sentences => sentences).Should().OnlyContain(sentence => sentence.Length >= 20 && sentence.All(IsLetterOrMark));

    private static bool IsLetterOrMark(char character) => character is ' ' or ',' or '.' or '?' or '!' or '\'' or '-' or '¿' || (char.IsLetter(character) && character < '\u0180');
}
