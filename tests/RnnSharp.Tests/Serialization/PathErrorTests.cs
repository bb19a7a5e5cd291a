using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Exceptions of the overloads with a path name the file.</summary>
public sealed class PathErrorTests
{
    [Fact]
    public void Load_and_LoadInto_name_the_file_that_they_reject()
    {
        using var folder = new TemporaryFolder();
        string path = folder["damaged"];
        byte[] file = ModelBytes.Save(new DenseLayer<float>(2, 2, seed: 1));
        file[^1] ^= 1;
        File.WriteAllBytes(path, file);
        var target = new DenseLayer<float>(2, 2, seed: 2);
        foreach ((Action byPath, Action byStream) in ((Action, Action)[])
        [
            (() => ModelFile.Load<float>(path), () => ModelFile.Load<float>(new MemoryStream(file))),
            (() => ModelFile.LoadInto(target, path), () => ModelFile.LoadInto(target, new MemoryStream(file))),
        ])
        {
            InvalidDataException original = byStream.Should().Throw<InvalidDataException>().Which;
            InvalidDataException named = byPath.Should().Throw<InvalidDataException>().Which;
            named.Message.Should().Be($"{path}: {original.Message}");
            named.InnerException.Should().BeOfType<InvalidDataException>().Which.Message.Should().Be(original.Message);
        }
    }

    [Fact]
    public void A_long_path_is_cut_at_its_start()
    {
        using var folder = new TemporaryFolder();
        string inner = Path.Combine(folder[new string('a', 200)], new string('b', 200)), path = Path.Combine(inner, "model");
        Directory.CreateDirectory(inner);
        File.WriteAllText(path, "");
        string message = FluentActions.Invoking(() => ModelFile.Load<float>(path)).Should().Throw<InvalidDataException>().Which.Message;
        message.Should().StartWith($"...{path[^260..]}: ");
    }

    [Fact]
    public void Control_characters_of_a_path_are_replaced()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a\nb"], "");
        FluentActions.Invoking(() => ModelFile.Load<float>(folder["a\nb"])).Should().Throw<InvalidDataException>().Which.Message.Should().StartWith($"{folder["a?b"]}: ");
    }

    [Fact]
    public void Save_to_a_folder_that_does_not_exist_names_the_file()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder["missing"], "model");
        DirectoryNotFoundException error = FluentActions.Invoking(() => ModelFile.Save(new DenseLayer<float>(1, 1, seed: 1), path)).Should().Throw<DirectoryNotFoundException>().Which;
        error.Message.Should().Be($"{path} cannot be written, because its folder does not exist.");
        error.InnerException.Should().BeOfType<DirectoryNotFoundException>();
        folder.Names.Should().BeEmpty();
    }
}
