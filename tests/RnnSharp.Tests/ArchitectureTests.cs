using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Dependencies between folders, of the library, and of its hot path.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>The folders of src/RnnSharp, "" for the root itself. Each may use itself and those before it.</summary>
    private static readonly string[][] Layers = [["Numerics"], [""], ["Recurrent"], ["Layers"], ["Serialization"], ["Training"], ["Data"], ["Text", "Forecasting", "Notebook", "Quantization"]];

    /// <summary>The same with the folders inside folders, which share a namespace. Each may use itself and those before it.</summary>
    private static readonly string[] Paths =
    [
        "Numerics", "Numerics/Elementwise", "Numerics/Activations", "Numerics/Quantized", "", "Recurrent/Activations", "Recurrent/Engine", "Recurrent/Stages", "Recurrent", "Recurrent/Cells",
        "Layers", "Layers/Composite", "Layers/Quantized", "Serialization", "Serialization/Formats", "Training/Losses", "Training/Metrics", "Training/Optimizers",
        "Training/Schedules", "Training", "Data", "Text", "Forecasting", "Quantization", "Notebook",
    ];

    private static readonly string Source = RepositoryRoot.PathOf("src/RnnSharp");

    private static string[] SourceFiles => [.. Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories).Where(file => FolderOf(file) is not ("bin" or "obj")).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_folder_is_a_layer_and_its_files_are_in_its_namespace()
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
    public void Using_lines_point_only_to_folders_above()
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
    public void Names_of_layers_below_are_not_used_without_a_using_line_either()
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
    public void Types_of_a_folder_are_not_used_by_folders_before_it()
    {
        SourceFiles.Select(PathOf).Distinct().Should().BeEquivalentTo(Paths, "the order of all folders is declared here");
        Dictionary<string, string> codes = SourceFiles.ToDictionary(file => file, Code, StringComparer.Ordinal);
        ILookup<string, string> types = codes.SelectMany(file => TypeLine().Matches(file.Value).Select(match => (Path: PathOf(file.Key), Name: match.Groups["name"].Value)))
            .ToLookup(type => type.Path, type => type.Name, StringComparer.Ordinal);
        types.Sum(group => group.Count()).Should().BeGreaterThan(200);
        int uses = 0;
        foreach ((string file, string code) in codes)
        {
            string path = PathOf(file);
            foreach (string other in Paths.Where(other => !string.Equals(other, path, StringComparison.Ordinal)))
            {
                // A type of the same name in the file's own folder or before it is meant instead.
                string[] names = [.. types[other].Except(Paths[..(Array.IndexOf(Paths, path) + 1)].Where(folder => !string.Equals(folder, other, StringComparison.Ordinal)).SelectMany(folder => types[folder]), StringComparer.Ordinal)];
                if (names.Length == 0) continue;
                // A generic type ends in '<': methods and properties may have the name of a type.
                string generic = string.Join('|', names.Where(name => name.EndsWith('<')).Append("(?!)")), plain = string.Join('|', names.Where(name => !name.EndsWith('<')).Append("(?!)"));
                Match use = Regex.Match(
                    code,
                    $@"(?<![\w.])(?:{generic}|new\s+(?:{plain})\b|(?:{plain})\b(?=\s*[.?\[]|\s+\w+\s*[=;,)({{])|(?<=[<,(:]\s*)(?:{plain})\b(?=\s*[>),\n]))",
                    RegexOptions.ExplicitCapture,
                    TimeSpan.FromSeconds(10));
                if (!use.Success) continue;
                uses++;
                Array.IndexOf(Paths, other).Should().BeLessThan(Array.IndexOf(Paths, path), "{0} uses {1} of {2}", Path.GetRelativePath(Source, file), use.Value, other);
            }
        }

        uses.Should().BeGreaterThan(200, "or this test sees nothing");
    }

    [Fact]
    public void The_library_depends_only_on_MathNet_and_the_framework()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string[] references = [.. typeof(Parameter<>).Assembly.GetReferencedAssemblies().Select(name => name.Name!)];
        references.Should().Contain("MathNet.Numerics");
        references.Where(name => name is not "MathNet.Numerics" && !File.Exists(Path.Combine(framework, $"{name}.dll"))).Should().BeEmpty();
    }

    [Fact]
    public void Parameter_lists_are_arrays_which_every_language_can_call()
    {
        ParameterInfo[] lists = [.. typeof(Parameter<>).Assembly.GetExportedTypes()
            .SelectMany(type => type.GetConstructors().Concat<MethodBase>(type.GetMethods()))
            .SelectMany(member => member.GetParameters())];
        lists.Should().Contain(parameter => parameter.IsDefined(typeof(ParamArrayAttribute)));
        lists.Where(parameter => parameter.IsDefined(typeof(ParamCollectionAttribute))).Should().BeEmpty("F# and Visual Basic take them as one argument");
    }

    [Fact]
    public void No_product_of_MathNet_is_used()
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
    public void The_engine_and_the_equations_know_no_matrices()
    {
        string[] hot = [.. SourceFiles.Where(IsHot)];
        hot.Length.Should().BeGreaterThan(35);
        hot.Where(file => Code(file).Contains("MathNet", StringComparison.Ordinal)).Should().BeEmpty("kernels know only spans and vectors");

        // A cell is the border of a single step in matrices.
        static bool IsHot(string file) => PathOf(file) switch
        {
            "Recurrent/Activations" or "Recurrent/Engine" or "Recurrent/Stages" => true,
            "Recurrent/Cells" => !file.EndsWith("Cell.cs", StringComparison.Ordinal),
            "Layers" or "Layers/Composite" => Path.GetFileName(file) is "DenseLayer.cs" or "LayerStack.cs",
            _ => false,
        };
    }

    private static bool MayUse(string folder, string other) => string.Equals(folder, other, StringComparison.Ordinal) || Rank(other) < Rank(folder);

    private static int Rank(string folder) => Array.FindIndex(Layers, folders => folders.Contains(folder, StringComparer.Ordinal));

    private static string FolderOf(string file)
    {
        string[] parts = Path.GetRelativePath(Source, file).Split(Path.DirectorySeparatorChar);
        return parts.Length == 1 ? "" : parts[0];
    }

    private static string PathOf(string file) => Path.GetRelativePath(Source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '/') is var path and not "." ? path : "";

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

    [GeneratedRegex(@"^(public|internal)[\w ]*\b(class|struct|interface|enum|record)\s+(?<name>\w+<?)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^\s*global\s+using\s", RegexOptions.Multiline, 10_000)]
    private static partial Regex GlobalUsing();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex CommentOrText();
}
