using System.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Tests.Training;

/// <summary>Every optimizer, with each combination of what it keeps from step to step.</summary>
internal static class OptimizerKinds
{
    public static readonly string[] Names =
        ["sgd", "momentum", "nesterov", "adam", "amsgrad", "adamw", "l2", "rmsprop", "rmsprop centered", "rmsprop momentum", "rmsprop centered momentum", "adagrad", "lion"];

    public static Optimizer<T> Create<T>(string name, double decay = 0.1, IReadOnlyList<ParameterGroup<T>>? groups = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => name switch
        {
            "sgd" => new Sgd<T>(0.02, weightDecay: decay, groups: groups),
            "momentum" => new Sgd<T>(0.02, 0.9, 0.25, decay, groups: groups),
            "nesterov" => new Sgd<T>(0.02, 0.9, weightDecay: decay, nesterov: true, groups: groups),
            "adam" => new Adam<T>(0.02, weightDecay: decay, groups: groups),
            "amsgrad" => new Adam<T>(0.02, weightDecay: decay, amsGrad: true, groups: groups),
            "adamw" => new AdamW<T>(0.02, weightDecay: decay, groups: groups),
            "l2" => new Adam<T>(0.02, l2: decay, groups: groups),
            "rmsprop" => new RmsProp<T>(0.02, weightDecay: decay, groups: groups),
            "rmsprop centered" => new RmsProp<T>(0.02, weightDecay: decay, centered: true, groups: groups),
            "rmsprop momentum" => new RmsProp<T>(0.02, weightDecay: decay, momentum: 0.9, groups: groups),
            "rmsprop centered momentum" => new RmsProp<T>(0.02, weightDecay: decay, momentum: 0.9, centered: true, groups: groups),
            "adagrad" => new Adagrad<T>(0.02, 0.01, decay, 0.1, groups: groups),
            "lion" => new Lion<T>(0.002, weightDecay: decay, groups: groups),
            _ => throw new ArgumentException("Unknown optimizer.", nameof(name)),
        };
}
