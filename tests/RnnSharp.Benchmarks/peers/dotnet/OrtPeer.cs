using Microsoft.ML.OnnxRuntime;
using RnnSharp.Recurrent;

namespace RnnSharp.Peers;

/// <summary>
/// ONNX Runtime's C# package: float inference and streaming over memory that is allocated once, and an LSTM with dynamically quantized
/// weights. Its GRU and RNN have no quantized form, and its recurrent operators support no float64 on a CPU.
/// </summary>
internal sealed class OrtPeer : IPeer
{
    public string Name => $"ONNX Runtime {OrtEnv.Instance().GetVersionString()} (C#)";

    public string Detail => string.Join(", ", OrtEnv.Instance().GetAvailableProviders());

    public PeerCall? Prepare(Cell cell)
    {
        if (cell.Dtype is not "float32") return null;
        bool quantized = cell.Mode is "int8-infer" or "int8-stream";
        bool supported = cell.Mode is "infer" or "stream" or "tiny-stream" || (quantized && cell.Kind is "lstm");
        if (!supported) return null;
        var data = new CellData<float>(cell);
        return new Session(cell, data, quantized).Call();
    }

    /// <summary>A session with everything that its calls read and write.</summary>
    private sealed class Session : IDisposable
    {
        private readonly List<IDisposable> _owned = [];
        private readonly Cell _cell;
        private readonly InferenceSession _session;
        private readonly RunOptions _run = new();
        private readonly string[] _inputNames;
        private readonly string[] _outputNames;
        private readonly OrtValue[] _steps;
        private readonly float[] _y;
        private readonly OrtValue _output;
        private readonly float[][] _memory;
        private OrtValue[] _state;
        private OrtValue[] _next;

        public Session(Cell cell, CellData<float> data, bool quantized)
        {
            _cell = cell;
            using var options = new SessionOptions
            {
                // For a single step of one example, a thread pool costs more than it gains.
                IntraOpNumThreads = cell.Streams ? 1 : cell.Threads,
                InterOpNumThreads = 1,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            };
            _session = new InferenceSession(OrtModels.Create(cell, (RecurrentLayer<float>)data.Model, quantized), options);
            _inputNames = ["X", .. OrtModels.States(cell)];
            _outputNames = ["Y", .. OrtModels.Finals(cell)];
            int batch = data.Input.Batch;
            int steps = cell.Streams ? 1 : cell.Steps;
            float[] x = data.Input.Values.ToArray();
            int size = steps * batch * cell.Inputs;
            _steps = [.. x.Chunk(size).Select(part => Tensor(part, steps, batch, cell.Inputs))];
            _y = new float[steps * batch * cell.Hidden];
            _output = Tensor(_y, steps, 1, batch, cell.Hidden);
            int leaves = _inputNames.Length - 1;
            _memory = [.. Enumerable.Range(0, 2 * leaves).Select(_ => new float[batch * cell.Hidden])];
            OrtValue[] both = [.. _memory.Select(memory => Tensor(memory, 1, batch, cell.Hidden))];
            _state = both[..leaves];
            _next = both[leaves..];
        }

        public PeerCall Call() => new(_cell.Streams ? Stream : () => Run(_steps[0]), Results, this);

        public void Dispose()
        {
            _owned.ForEach(value => value.Dispose());
            _run.Dispose();
            _session.Dispose();
        }

        private void Run(OrtValue x)
        {
            if (_state.Length == 2) _session.Run(_run, _inputNames, [x, _state[0], _state[1]], _outputNames, [_output, _next[0], _next[1]]);
            else _session.Run(_run, _inputNames, [x, _state[0]], _outputNames, [_output, _next[0]]);
        }

        private void Stream()
        {
            foreach (OrtValue x in _steps) Step(x);
        }

        private void Step(OrtValue x)
        {
            Run(x);
            (_state, _next) = (_next, _state);
        }

        private double[][] Results()
        {
            foreach (float[] memory in _memory) Array.Clear(memory);
            var outputs = new List<double>();
            foreach (OrtValue x in _steps)
            {
                Step(x);
                outputs.AddRange(Array.ConvertAll(_y, value => (double)value));
            }

            foreach (float[] memory in _memory) Array.Clear(memory);
            return [[.. outputs]];
        }

        private OrtValue Tensor(float[] data, params long[] shape)
        {
            var value = OrtValue.CreateTensorValueFromMemory(data, shape);
            _owned.Add(value);
            return value;
        }
    }
}
