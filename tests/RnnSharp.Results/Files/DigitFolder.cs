using RnnSharp.Data;

namespace RnnSharp.Results.Files;

/// <summary>
/// Images of digits with their labels, from a folder with the files of the MNIST database: train-images-idx3-ubyte, train-labels-idx1-ubyte and
/// the same of t10k, each plain or with the ending .gz. An example is an image, one pixel per step, and its label.
/// </summary>
internal static class DigitFolder
{
    public const int Pixels = 28 * 28;
    public const int Classes = 10;

    // The statistics of MNIST's training pixels, scaled to 0 to 1.
    private const float Mean = 0.1307f, StandardDeviation = 0.3081f;

    /// <summary>Reads the training or the test images.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="part">train or t10k.</param>
    /// <param name="order">The pixel of each step.</param>
    /// <param name="most">The most images to return.</param>
    /// <exception cref="InvalidDataException">The files are missing, damaged, or do not fit each other.</exception>
    public static Example<float>[] Read(string folder, string part, ReadOnlySpan<int> order, int most = int.MaxValue)
    {
        IdxFile images = IdxFile.Read(Find(folder, $"{part}-images-idx3-ubyte")), labels = IdxFile.Read(Find(folder, $"{part}-labels-idx1-ubyte"));
        if (images.Sizes is not [var count, 28, 28]) throw new InvalidDataException($"Expected images of 28 x 28 in {part}-images-idx3-ubyte, got sizes of {string.Join(" x ", images.Sizes)}.");
        if (labels.Sizes is not [var labelled] || labelled != count) throw new InvalidDataException($"Expected {count} labels in {part}-labels-idx1-ubyte, got sizes of {string.Join(" x ", labels.Sizes)}.");
        var examples = new Example<float>[Math.Min(count, most)];
        for (int i = 0; i < examples.Length; i++)
        {
            if (labels.Values[i] >= Classes) throw new InvalidDataException($"Expected labels of 0 to {Classes - 1} in {part}-labels-idx1-ubyte, got {labels.Values[i]} as number {i}.");
            var steps = new float[Pixels];
            for (int t = 0; t < Pixels; t++) steps[t] = (images.Values[i * Pixels + order[t]] / 255f - Mean) / StandardDeviation;
            examples[i] = new(Series<float>.FromValues(steps), Series<float>.FromLabel(labels.Values[i], Classes));
        }

        return examples;
    }

    private static string Find(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (File.Exists(path)) return path;
        return File.Exists($"{path}.gz") ? $"{path}.gz" : throw new FileNotFoundException($"Expected {name} or {name}.gz in {folder}.", path);
    }
}
