using FluentAssertions;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Saving to a path replaces the file as a whole, keeps its permissions, and leaves nothing else in the folder.</summary>
public sealed class SaveToFileTests
{
    private const string Name = "model.safetensors";

    [Fact]
    public void Save_leaves_the_file_and_nothing_else_in_the_folder()
    {
        using var folder = new TemporaryFolder();
        for (int seed = 1; seed <= 2; seed++)
        {
            ILayer<float> model = Models.Make<float>("stack", seed);
            ModelFile.Save(model, folder[Name]);
            File.ReadAllBytes(folder[Name]).Should().Equal(ModelBytes.Save(model));
            folder.Names.Should().Equal(Name);
        }
    }

    [Theory]
    [InlineData("600")]
    [InlineData("640")]
    [InlineData("400")]
    [InlineData("755")]
    public void Save_keeps_the_permissions_of_the_file_that_it_replaces(string octal)
    {
        if (OperatingSystem.IsWindows()) return;
        var mode = (UnixFileMode)Convert.ToInt32(octal, 8);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[Name], "old");
        File.SetUnixFileMode(folder[Name], mode);
        ModelFile.Save(Models.Make<float>("dense"), folder[Name]);
        File.GetUnixFileMode(folder[Name]).Should().Be(mode);
        ModelFile.Load<float>(folder[Name]).Model.Should().NotBeNull();
    }

    [Fact]
    public void Save_gives_a_new_file_the_permissions_that_any_new_file_has()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["other"], "");
        ModelFile.Save(Models.Make<float>("dense"), folder[Name]);
        File.GetUnixFileMode(folder[Name]).Should().Be(File.GetUnixFileMode(folder["other"]));
    }

    [Fact]
    public void Write_lets_nobody_else_read_the_temporary_file_of_a_private_file()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[Name], "old");
        File.SetUnixFileMode(folder[Name], UnixFileMode.UserRead);
        UnixFileMode? seen = null;
        AtomicFile.Write(folder[Name], _ => seen = OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(folder[TemporaryName(folder)]));
        seen.Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(folder[Name]).Should().Be(UnixFileMode.UserRead);
    }

    [Fact]
    public void Save_replaces_the_file_that_a_link_names_and_keeps_the_link()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["elsewhere"]);
        File.WriteAllText(Path.Combine(folder["elsewhere"], "real"), "old");
        File.CreateSymbolicLink(folder[Name], Path.Combine("elsewhere", "real"));
        ModelFile.Save(Models.Make<float>("dense"), folder[Name]);
        new FileInfo(folder[Name]).LinkTarget.Should().Be(Path.Combine("elsewhere", "real"));
        File.ReadAllBytes(Path.Combine(folder["elsewhere"], "real")).Should().Equal(ModelBytes.Save(Models.Make<float>("dense")));
        Directory.GetFileSystemEntries(folder["elsewhere"]).Should().ContainSingle();
    }

    [Fact]
    public void Write_that_fails_leaves_the_old_file_and_no_temporary_one()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[Name], "old");
        FluentActions.Invoking(() => AtomicFile.Write(folder[Name], stream =>
        {
            stream.WriteByte(1);
            throw new IOException("The disk is full.");
        })).Should().Throw<IOException>().WithMessage("The disk is full.");
        File.ReadAllText(folder[Name]).Should().Be("old");
        folder.Names.Should().Equal(Name);
    }

    [Fact]
    public void Save_that_refuses_the_model_touches_no_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[Name], "old");
        ILayer<float> model = Models.Make<float>("dense");
        model.Parameters[0].Update(0, static (values, _) => values[0] = float.NaN);
        FluentActions.Invoking(() => ModelFile.Save(model, folder[Name])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ModelFile.Save(model, folder["new"])).Should().Throw<ArgumentException>();
        File.ReadAllText(folder[Name]).Should().Be("old");
        folder.Names.Should().Equal(Name);
    }

    [Fact]
    public void Save_deletes_what_killed_saves_of_the_same_file_left()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 5; i++) LeaveTemporaryFile(folder, Name);
        LeaveTemporaryFile(folder, "another model");
        string[] left = folder.Names;
        left.Should().HaveCount(6);
        ModelFile.Save(Models.Make<float>("dense"), folder[Name]);
        folder.Names.Should().HaveCount(2, "the file, and what belongs to another one").And.Contain(Name);
        folder.Names.Should().ContainSingle(name => left.Contains(name));
        ModelFile.Save(Models.Make<float>("dense"), folder["another model"]);
        folder.Names.Should().Equal("another model", Name);
    }

    [Fact]
    public void Save_deletes_no_file_that_only_looks_like_a_temporary_one()
    {
        using var folder = new TemporaryFolder();
        string[] others = ["model.safetensors.tmp", ".model.safetensors", ".rnnsharp", ".rnnsharp-notes", "~model.safetensors"];
        foreach (string other in others) File.WriteAllText(folder[other], "");
        ModelFile.Save(Models.Make<float>("dense"), folder[Name]);
        folder.Names.Should().BeEquivalentTo([.. others, Name]);
    }

    [Fact]
    public void Save_leaves_the_temporary_file_that_another_save_is_writing()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder[Name], outer =>
        {
            string temporary = TemporaryName(folder);
            outer.WriteByte((byte)'a');
            ModelFile.Save(Models.Make<float>("dense"), folder[Name]);
            folder.Names.Should().BeEquivalentTo([temporary, Name]);
            outer.WriteByte((byte)'b');
        });
        File.ReadAllText(folder[Name]).Should().Be("ab", "the save that ends last has the say");
        folder.Names.Should().Equal(Name);
    }

    [Fact]
    public void Saves_of_one_file_by_several_threads_each_succeed()
    {
        using var folder = new TemporaryFolder();
        ILayer<float>[] models = [.. Enumerable.Range(1, 4).Select(seed => Models.Make<float>("dense", seed))];
        byte[][] files = [.. models.Select(model => ModelBytes.Save(model))];
        Parallel.For(0, 100, new ParallelOptions { MaxDegreeOfParallelism = models.Length }, i =>
        {
            ModelFile.Save(models[i % models.Length], folder[Name]);
            byte[] read = ReadWhileReplaced(folder[Name]);
            Array.Exists(files, file => file.AsSpan().SequenceEqual(read)).Should().BeTrue("a reader finds a whole file");
        });
        folder.Names.Should().Equal(Name);
    }

    [Fact]
    public void Save_takes_names_as_long_as_the_file_system_does()
    {
        using var folder = new TemporaryFolder();
        string name = new('n', 250);
        ModelFile.Save(Models.Make<float>("dense"), folder[name]);
        folder.Names.Should().Equal(name);
    }

    /// <summary>What a save leaves when its process is killed while it writes.</summary>
    private static void LeaveTemporaryFile(TemporaryFolder folder, string name)
    {
        string temporary = "";
        byte[] half = [1, 2, 3];
        using var other = new TemporaryFolder();
        AtomicFile.Write(other[name], _ => temporary = TemporaryName(other));
        File.WriteAllBytes(folder[temporary + folder.Names.Length], half);
        if (OperatingSystem.IsWindows()) File.SetLastWriteTimeUtc(folder[temporary + (folder.Names.Length - 1)], DateTime.UtcNow.AddHours(-1));
    }

    private static string TemporaryName(TemporaryFolder folder) => folder.Names.Should().ContainSingle(name => name.StartsWith(".rnnsharp-", StringComparison.Ordinal)).Which;

    private static byte[] ReadWhileReplaced(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
