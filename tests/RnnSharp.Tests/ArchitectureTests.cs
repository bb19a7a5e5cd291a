using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Which folder of the library may use which, what the library stands on, and what its hot path stays clear of.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>The folders of src/RnnSharp, "" for the root itself. Each may use itself and those before it.</summary>
    private static readonly string[][] Layers = [["Numerics"], [""], ["Recurrent"], ["Layers"], ["Training"], ["Serialization"], ["Notebook", "Text", "Forecasting"]];

    private static readonly string Source = RepositoryRoot.PathOf("src/RnnSharp");

    private static string[] SourceFiles => [.. Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories).Where(file => FolderOf(file) is not ("bin" or "obj")).Order(StringComparer.Ordinal)];

    [Fact]
    public void EveryFolderIsALayerAndItsFilesAreInItsNamespace()
    {
        SourceFiles.Length.Should().BeGreaterThan(50);
        SourceFiles.Select(FolderOf).Distinct().Should().BeSubsetOf(Layers.SelectMany(folders => folders));
        foreach (string file in SourceFiles)
        {
            string folder = FolderOf(file);
            Match declared = NamespaceLine().Match(Code(file));
            declared.Groups["name"].Value.Should().Be(folder.Length == 0 ? "RnnSharp" : $"RnnSharp.{folder}", "that is the folder of {0}", file);
        }

        File.ReadAllText(Path.Combine(Source, "RnnSharp.csproj")).Should().NotContain("<Using", "a using for all files would be seen by no test");
        SourceFiles.Where(file => GlobalUsing().IsMatch(Code(file))).Should().BeEmpty("a using for all files would be seen by no test");
    }

    [Fact]
    public void UsingLinesPointToLayersAbove()
    {
        int seen = 0;
        foreach (string file in SourceFiles)
        {
            foreach (Match match in UsingLine().Matches(Code(file)))
            {
                seen++;
                string used = match.Groups["folder"].Value;
                MayUse(FolderOf(file), used).Should().BeTrue("{0} uses {1}", Path.GetRelativePath(Source, file), match.Value.Trim());
            }
        }

        seen.Should().BeGreaterThan(30);
    }

    [Fact]
    public void NamesOfLayersBelowAreNotUsedWithoutAUsingLineEither()
    {
        // The namespace RnnSharp is open in all the others, and its own namespaces can be named from there without a using line.
        ILookup<string, string> types = typeof(Parameter<>).Assembly.GetTypes()
            .Where(type => type is { IsNested: false, Namespace: not null } && type.Namespace.StartsWith("RnnSharp", StringComparison.Ordinal))
            .ToLookup(type => type.Namespace!.Length > "RnnSharp".Length ? type.Namespace["RnnSharp.".Length..] : "", type => type.Name.Split('`')[0], StringComparer.Ordinal);
        types[""].Should().Contain(["Sequence", "Parameter", "Layer"]);
        types["Training"].Should().Contain("Adam");
        int checkedFiles = 0;
        foreach (string file in SourceFiles)
        {
            string folder = FolderOf(file), code = Code(file);
            foreach (string other in Layers.SelectMany(folders => folders).Where(other => !MayUse(folder, other)))
            {
                checkedFiles++;
                string[] names = [.. types[other].Distinct(StringComparer.Ordinal)];
                if (names.Length == 0) continue;
                string alternatives = string.Join('|', names.Select(Regex.Escape));
                string pattern = other.Length == 0
                    ? $@"(?<![\w.])(?:global::)?(?:RnnSharp\s*\.\s*)?(?:{alternatives})\b(?=\s*[<.?\[]|\s+\w+\s*[=;,)({{])"
                    : $@"(?<![\w.])(?:global::)?(?:RnnSharp\s*\.\s*)?{other}\s*\.\s*(?:{alternatives})\b";
                Match match = Regex.Match(code, pattern, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10));
                match.Success.Should().BeFalse("{0} names {1} of the folder {2}", Path.GetRelativePath(Source, file), match.Value, other.Length == 0 ? "above its own, the root" : other);
            }
        }

        checkedFiles.Should().BeGreaterThan(100);
    }

    [Fact]
    public void TheLibraryStandsOnMathNetTensorPrimitivesAndTheFrameworkAlone()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string[] references = [.. typeof(Parameter<>).Assembly.GetReferencedAssemblies().Select(name => name.Name!)];
        references.Should().Contain("MathNet.Numerics");
        references.Except(["MathNet.Numerics", "System.Numerics.Tensors"], StringComparer.Ordinal)
            .Where(name => !File.Exists(Path.Combine(framework, $"{name}.dll"))).Should().BeEmpty();
    }

    [Fact]
    public void NoProductOfMathNetIsUsed()
    {
        // Of the whole compiled library, which no text can hide: the products are its own, with one order of summation.
        using var file = new PEReader(File.OpenRead(typeof(Parameter<>).Assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        string[] members = [.. metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => NamespaceOf(metadata, member.Parent).StartsWith("MathNet", StringComparison.Ordinal))
            .Select(member => metadata.GetString(member.Name)).Distinct(StringComparer.Ordinal)];
        members.Should().Contain(["get_RowCount", "Dense"], "the library meets MathNet at its borders, or this test sees nothing");
        members.Where(name => name.Contains("Multiply", StringComparison.Ordinal) || name.Contains("Product", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public void TheEngineAndTheEquationsKnowNoMatrices()
    {
        string[] hot = [.. SourceFiles.Where(file => FolderOf(file) is "Recurrent" or "Layers" && HotFile().IsMatch(Path.GetFileName(file)))];
        hot.Length.Should().BeGreaterThan(6);
        hot.Where(file => Code(file).Contains("MathNet", StringComparison.Ordinal)).Should().BeEmpty("kernels know only spans and vectors");
    }

    private static bool MayUse(string folder, string other) => string.Equals(folder, other, StringComparison.Ordinal) || Rank(other) < Rank(folder);

    private static int Rank(string folder) => Array.FindIndex(Layers, folders => folders.Contains(folder, StringComparer.Ordinal));

    private static string FolderOf(string file)
    {
        string[] parts = Path.GetRelativePath(Source, file).Split(Path.DirectorySeparatorChar);
        return parts.Length == 1 ? "" : parts[0];
    }

    /// <summary>A file without its comments and without what stands in quotes.</summary>
    private static string Code(string file) => CommentOrText().Replace(File.ReadAllText(file), match => match.Value[0] == '/' ? " " : "\"\"");

    /// <summary>The namespace of a type that a member belongs to, "" for what is not a type.</summary>
    private static string NamespaceOf(MetadataReader metadata, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeSpecification)
        {
            BlobReader signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
            if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return "";
            signature.ReadByte();
            parent = signature.ReadTypeHandle();
        }

        if (parent.Kind != HandleKind.TypeReference) return "";
        TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)parent);
        return type.ResolutionScope.Kind == HandleKind.TypeReference ? NamespaceOf(metadata, type.ResolutionScope) : metadata.GetString(type.Namespace);
    }

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^\s*using\s+(?:static\s+)?(?:\w+\s*=\s*)?(?:global::)?RnnSharp\b\.?(?<folder>\w*)[^;(]*;", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"^\s*global\s+using\s", RegexOptions.Multiline, 10_000)]
    private static partial Regex GlobalUsing();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex CommentOrText();

    [GeneratedRegex("Engine|Equations|^RecurrentPass|Packed|Dense|Stack|^(?:Lstm|Gru|Rnn)\\.cs$", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex HotFile();
}
