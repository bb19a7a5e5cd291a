using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>
/// The configuration of one Keras layer. An option that nobody asked for and that is not off is refused at the end, so that none is dropped
/// in silence.
/// </summary>
internal sealed class KerasFields
{
    private static readonly string[] Ignored =
    [
        // Only initial values, the input, and training outside of the layer.
        "name", "dtype", "unit_forget_bias", "batch_input_shape", "batch_shape", "input_shape", "input_dtype", "input_length", "sparse", "ragged", "optional", "shape",

        // How Keras computes the same numbers.
        "implementation", "unroll", "use_cudnn", "zero_output_for_mask", "experimental_autocast", "seed", "data_format",
    ];

    private const int MostOptions = 16;

    private readonly KerasMembers _config;
    private readonly List<string> _read = new(MostOptions);

    public KerasFields(string name, string className, KerasJson config, KerasVersion version, bool isTrainable = true)
    {
        Name = name;
        ClassName = className;
        Version = version;
        _config = config.Members(this);
        IsTrainable = Boolean("trainable", true) && isTrainable;
    }

    public string Name { get; }

    public string ClassName { get; }

    /// <summary>Which Keras wrote the configuration.</summary>
    public KerasVersion Version { get; }

    /// <summary>The layer, for exceptions.</summary>
    public string What => $"The layer {ErrorText.Quote(Name)} ({ErrorText.Quote(ClassName)})";

    public bool IsTrainable { get; }

    public KerasJson? Find(string name)
    {
        _read.Add(name);
        return _config.Find(name) is { IsNull: false } found ? found : null;
    }

    public int Size(string name) => (Find(name) ?? throw Refused($"has no {name}")).Size();

    public bool Boolean(string name, bool missing) => Find(name) is { } value ? value.Boolean() : missing;

    public double Double(string name, double missing) => Find(name) is { } value ? value.Double() : missing;

    /// <summary>A rate of dropout.</summary>
    public double Rate(string name)
    {
        double rate = Double(name, 0);
        return rate is >= 0 and < 1 ? rate : throw Refused($"has a {name} of {rate}: expected at least 0 and below 1");
    }

    public KerasActivation Activation(string name, KerasActivation missing) => Find(name) is { } value ? KerasActivations.Read(value, this) : missing;

    /// <summary>The activation of the gates. All versions write it; what is missing has the default of the version.</summary>
    public KerasActivation RecurrentActivation() => Activation("recurrent_activation", Version == KerasVersion.Two ? KerasActivation.LegacyHardSigmoid : KerasActivation.Sigmoid);

    /// <summary>Refuses an activation that recurrent layers do not have.</summary>
    public void RequireRecurrent(string name, KerasActivation activation)
    {
        if (KerasActivations.InLibrary(activation) is null) throw Refused($"has the {name} {KerasActivations.NameOf(activation)}, which is not supported");
    }

    public string Text(string name, string missing) => Find(name) is { } value ? value.Text() : missing;

    /// <summary>Refuses an option unless it is off.</summary>
    public void RequireOff(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Find(name) is { IsOff: false }) throw Refused($"has {name}, which is not supported");
        }
    }

    /// <summary>Refuses what nobody has read.</summary>
    public void RequireRead()
    {
        if (_config.FirstUnknown(_read, Ignored, "_initializer", "_regularizer", "_constraint") is { } name) throw Refused($"has the option {ErrorText.Quote(name)}, which is not supported");
    }

    /// <summary>The fields of a layer in this one, such as that of a Bidirectional.</summary>
    public KerasFields Inner(string name) => Inner(Find(name) ?? throw Refused($"has no {name}"));

    public KerasFields Inner(KerasJson layer)
    {
        string className = layer.Get("class_name").Text();
        KerasJson config = layer.Get("config");
        return new KerasFields(config.FindSet("name")?.Text() ?? Name, className, config, Version, IsTrainable);
    }

    /// <summary>The layer, for exceptions.</summary>
    public override string ToString() => What;

    public InvalidDataException Refused(string problem) => new($"{What} {problem}.");
}

/// <summary>Which system's defaults and formulas apply.</summary>
internal enum KerasVersion
{
    /// <summary>Keras up to 2.3, or TensorFlow.js.</summary>
    Two,

    /// <summary>Keras from 2.4 on, which is that of TensorFlow 2: the formulas of Keras 2, but the defaults of Keras 3 for LSTM and GRU.</summary>
    TwoOfTensorFlow,

    /// <summary>Keras 3.</summary>
    Three,
}
