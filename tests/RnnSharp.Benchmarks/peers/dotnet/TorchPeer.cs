using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RnnSharp.Peers;

/// <summary>
/// TorchSharp over libtorch: every mode but the quantized ones, which it does not offer. Inputs, states and packed sequences are created
/// once, outside the measured calls, and inference runs in inference mode.
/// </summary>
internal sealed class TorchPeer : IPeer
{
    public TorchPeer()
    {
        // Loaded here, because TorchSharp's own attempts end in a page of text that hides what the system's loader says.
        NativeLibrary.Load(OperatingSystem.IsWindows() ? "LibTorchSharp" : "libLibTorchSharp", typeof(torch).Assembly, searchPath: null);
    }

    public string Name => $"TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)} (libtorch {torch.__version__})";

    public string Detail => $"{torch.get_num_threads()} threads by default";

    public PeerCall? Prepare(Cell cell)
    {
        if (cell.Mode.StartsWith("int8", StringComparison.Ordinal)) return null;
        torch.set_num_threads(cell.Threads);
        torch.manual_seed(0);
        return cell.Dtype switch
        {
            "float32" => Prepare<float>(cell, ScalarType.Float32),
            "float64" => Prepare<double>(cell, ScalarType.Float64),
            _ => null,
        };
    }

    private static PeerCall? Prepare<T>(Cell cell, ScalarType type)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var network = new TorchNetwork(cell, type);
        var data = new CellData<T>(cell);
        network.Load(data);
        Tensor x = TorchNetwork.ToTensor<T>(data.Input.Values, [data.Input.Steps, data.Input.Batch, cell.Inputs], type);
        return cell.Mode switch
        {
            "infer" or "bi-infer" => Infer(network, x),
            "train" or "bi-train" => Train(network, x, OutputGradient()),
            "ragged-train" => RaggedTrain(network, x, OutputGradient(), data.Lengths!),
            "stream" or "tiny-stream" => Stream(network, x),
            "charlm" => CharacterModel(network, cell, type),
            _ => null,
        };

        Tensor OutputGradient() => TorchNetwork.ToTensor<T>(data.OutputGradient.Values, [data.Input.Steps, data.Input.Batch, data.Model.OutputSize], type);
    }

    private static PeerCall Infer(TorchNetwork network, Tensor x)
    {
        Tensor[] state = network.ZeroState(x.shape[1]);
        return new(
            () =>
            {
                using IDisposable scope = torch.NewDisposeScope();
                using IDisposable mode = torch.inference_mode();
                network.Forward(x, state);
            },
            () => [TorchNetwork.Numbers(network.Forward(x, state).Output)]);
    }

    private static PeerCall Train(TorchNetwork network, Tensor x, Tensor outputGradient)
    {
        x.requires_grad_(true);
        Tensor[] state = network.ZeroState(x.shape[1]);
        foreach (Tensor leaf in state) leaf.requires_grad_(true);
        Tensor[] wanted = [x, .. network.Parameters, .. state];
        return new(
            () =>
            {
                using IDisposable scope = torch.NewDisposeScope();
                autograd.grad([network.Forward(x, state).Output], wanted, [outputGradient]);
            },
            () =>
            {
                Tensor output = network.Forward(x, state).Output;
                return [TorchNetwork.Numbers(output), .. autograd.grad([output], wanted, [outputGradient]).Take(1 + network.Parameters.Count).Select(TorchNetwork.Numbers)];
            });
    }

    private static PeerCall RaggedTrain(TorchNetwork network, Tensor x, Tensor outputGradient, int[] lengths)
    {
        Tensor sizes = torch.tensor(Array.ConvertAll(lengths, length => (long)length));
        nn.utils.rnn.PackedSequence packed = nn.utils.rnn.pack_padded_sequence(x, sizes, batch_first: false, enforce_sorted: false);
        nn.utils.rnn.PackedSequence packedGradient = nn.utils.rnn.pack_padded_sequence(outputGradient, sizes, batch_first: false, enforce_sorted: false);
        Tensor values = packed.data.requires_grad_(true);
        Tensor[] state = network.ZeroState(lengths.Length);
        foreach (Tensor leaf in state) leaf.requires_grad_(true);
        Tensor[] wanted = [values, .. network.Parameters, .. state];
        return new(
            () =>
            {
                using IDisposable scope = torch.NewDisposeScope();
                autograd.grad([network.Forward(packed, state).data], wanted, [packedGradient.data]);
            },
            () =>
            {
                nn.utils.rnn.PackedSequence output = network.Forward(packed, state);
                IList<Tensor> gradients = autograd.grad([output.data], wanted, [packedGradient.data]);
                return [Padded(output.data), Padded(gradients[0]), .. gradients.Skip(1).Take(network.Parameters.Count).Select(TorchNetwork.Numbers)];
            });

        // The values of a packed sequence in steps × batch × features. Packing sorts the examples by length, the longest first.
        double[] Padded(Tensor packedValues)
        {
            double[] rows = TorchNetwork.Numbers(packedValues);
            long[] order = packed.sorted_indices.data<long>().ToArray();
            int features = (int)packedValues.shape[1];
            double[] padded = new double[x.shape[0] * x.shape[1] * features];
            int row = 0;
            for (int t = 0; t < x.shape[0]; t++)
            {
                foreach (long example in order)
                {
                    if (lengths[example] > t) rows.AsSpan(row++ * features, features).CopyTo(padded.AsSpan((int)(t * x.shape[1] + example) * features));
                }
            }

            return padded;
        }
    }

    private static PeerCall Stream(TorchNetwork network, Tensor x)
    {
        Tensor[] steps = x.split(1);
        Tensor[] zero = network.ZeroState(1);
        return new(
            () =>
            {
                using IDisposable scope = torch.NewDisposeScope();
                using IDisposable mode = torch.inference_mode();
                Tensor[] state = zero;
                foreach (Tensor step in steps) state = network.Forward(step, state).State;
            },
            () =>
            {
                Tensor[] state = zero;
                var outputs = new List<double>();
                foreach (Tensor step in steps)
                {
                    (Tensor output, state) = network.Forward(step, state);
                    outputs.AddRange(TorchNetwork.Numbers(output));
                }

                return [[.. outputs]];
            });
    }

    private static PeerCall CharacterModel(TorchNetwork network, Cell cell, ScalarType type)
    {
        Linear head = nn.Linear(cell.Hidden, cell.Inputs, dtype: type);
        Parameter[] parameters = [.. network.Parameters, .. head.parameters()];
        var adam = optim.Adam(parameters, 1e-3);
        Tensor text = torch.randint(cell.Inputs, [cell.Steps + 1, cell.Batch], dtype: ScalarType.Int64);
        Tensor tokens = text.narrow(0, 0, cell.Steps).unsqueeze(2);
        Tensor targets = text.narrow(0, 1, cell.Steps).reshape(-1);
        Tensor oneHot = torch.zeros([cell.Steps, cell.Batch, cell.Inputs], type);
        Tensor ones = torch.ones([cell.Steps, cell.Batch, 1], type);
        Tensor[] state = network.ZeroState(cell.Batch);
        return new(
            () =>
            {
                using IDisposable scope = torch.NewDisposeScope();
                oneHot.zero_().scatter_(2, tokens, ones);
                Tensor output = network.Forward(oneHot, state).Output;
                Tensor loss = nn.functional.cross_entropy(head.call(output).reshape(-1, cell.Inputs), targets);
                adam.zero_grad();
                loss.backward();
                nn.utils.clip_grad_norm_(parameters, 5.0);
                adam.step();
            },
            results: null);
    }
}
