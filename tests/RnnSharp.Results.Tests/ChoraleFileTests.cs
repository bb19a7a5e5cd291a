using System.Text;
using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Results.Files;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Results.Tests;

/// <summary>Files of chorales.</summary>
public sealed class ChoraleFileTests
{
    [Fact]
    public void A_frame_is_predicted_from_the_frames_before_it()
    {
        ChoraleFile file = Read("""{"train": [[[0, 87], [3], []]], "validation": [[[1], [2]]], "test": [[[4], [5]], [[6], [7], [8]]]}""");
        (file.Train.Length, file.Validation.Length, file.Test.Length).Should().Be((1, 1, 2));
        Keys(file.Train[0].Input).Should().Equal("0,87", "3");
        Keys(file.Train[0].Target).Should().Equal("3", "");
        Keys(file.Test[1].Target).Should().Equal("7", "8");
    }

    [Theory]
    [InlineData("[1, 2", "is not a file of chorales")]
    [InlineData("{\"train\": [[[88], [1]]], \"validation\": [[[1], [2]]], \"test\": [[[1], [2]]]}", "Expected a key of 0 to 87 in frame 0 of chorale 0 of train*got 88")]
    [InlineData("{\"train\": [[[-1], [1]]], \"validation\": [[[1], [2]]], \"test\": [[[1], [2]]]}", "got -1")]
    [InlineData("{\"train\": [[[1]]], \"validation\": [[[1], [2]]], \"test\": [[[1], [2]]]}", "at least 2 frames in chorale 0 of train*got 1")]
    [InlineData("{\"train\": [[[1], null]], \"validation\": [[[1], [2]]], \"test\": [[[1], [2]]]}", "frame 1 of chorale 0 of train*null")]
    [InlineData("{\"train\": [null], \"validation\": [[[1], [2]]], \"test\": [[[1], [2]]]}", "got 0")]
    [InlineData("{\"train\": [[[1], [2]]], \"validation\": [], \"test\": [[[1], [2]]]}", "chorales under \"validation\"")]
    [InlineData("{\"train\": [[[1], [2]]], \"validation\": [[[1], [2]]]}", "chorales under \"test\"")]
    [InlineData("null", "chorales under \"train\"")]
    public void Another_file_is_refused(string json, string message)
    {
        Action read = () => Read(json);
        read.Should().Throw<InvalidDataException>().WithMessage($"*{message}*");
    }

    private static ChoraleFile Read(string json)
    {
        using var folder = new TemporaryFolder();
        return ChoraleFile.Read(folder.Write("chorales.json", Encoding.UTF8.GetBytes(json)));
    }

    private static IEnumerable<string> Keys(Series<float> frames) => frames.Values.ToArray().Chunk(88).Select(frame => string.Join(',', Enumerable.Range(0, 88).Where(key => frame[key] == 1)));
}
