using System.Collections.ObjectModel;
using System.Numerics;
using RnnSharp.Keras;

namespace RnnSharp.Tool.Formats;

/// <summary>Whole Keras models.</summary>
internal sealed class KerasFormat() : ModelFormat("Keras", ".keras", ".h5")
{
    public override bool CanSave => false;

    public override LoadedFile<T> Load<T>(string path) => Of(KerasFile.Load<T>(path));

    public override void Save<T>(LoadedFile<T> file, string path) => throw new NotSupportedException();

    public static LoadedFile<T> Of<T>(KerasModel<T> loaded)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string[] beside =
        [
            .. loaded.FinalActivation == KerasActivation.Linear ? [] : (string[])[$"the activation {loaded.FinalActivation.ToString().ToLowerInvariant()} of its output"],
            .. loaded.IsOutputReversed ? (string[])["the reversed order of its output's steps"] : [],
        ];
        return new(loaded.Model, ReadOnlyDictionary<string, string>.Empty) { Beside = beside.Length == 0 ? null : string.Join(" and ", beside) };
    }
}
