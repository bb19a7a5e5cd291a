using RnnSharp;
using RnnSharp.Keras;
using RnnSharp.Layers;
using RnnSharp.Onnx;
using RnnSharp.Recurrent;

// A model leaves as ONNX and as a layers model of TensorFlow.js, and comes back from both.
var model = new LayerStack<float>(new LstmLayer<float>(4, 8, seed: 1), new DenseLayer<float>(8, 3, seed: 2));
OnnxFile.Export(model, "model.onnx");
TensorFlowJsFile.Save(model, "model.json");
var x = new Sequence<float>(4, batch: 2, steps: 5);
for (int i = 0; i < x.Values.Length; i++) x.Values[i] = MathF.Sin(i);
float[] expected = model.Predict(x).Values.ToArray();
float[] onnx = OnnxFile.Import<float>("model.onnx").Model.Predict(x).Values.ToArray();
float[] keras = TensorFlowJsFile.Load<float>("model.json").Model.Predict(x).Values.ToArray();
for (int i = 0; i < expected.Length; i++)
{
    if (onnx[i] == expected[i] && MathF.Abs(keras[i] - expected[i]) < 1e-5f) continue;
    Console.Error.WriteLine($"Expected {expected[i]}, got {onnx[i]} from ONNX and {keras[i]} from TensorFlow.js.");
    return 1;
}

Console.WriteLine($"{expected.Length} equal outputs.");
return 0;
