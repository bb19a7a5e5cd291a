using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>
/// 180 random modules of PyTorch, both ways. To check the way out in PyTorch: run these tests with RNNSHARP_WRITE_TORCH=FOLDER, then
/// References/torch_modules.py check FOLDER.
/// </summary>
public sealed class PyTorchModulesTests
{
    [Fact]
    public void Models_created_from_the_files_compute_what_PyTorch_does()
    {
        TorchModuleCases.Count.Should().Be(180);
        for (int i = 0; i < TorchModuleCases.Count; i++)
        {
            var options = new PyTorchModelOptions { Activation = TorchModuleCases.Nonlinearity(i), File = new PyTorchOptions { Key = TorchModuleCases.Case(i).GetProperty("key").GetString() } };
            var probe = new ModelProbe<double>(TorchModuleCases.Input(i), TorchModuleCases.Output(i), 1e-12);
            using TensorSource archive = PyTorchFile.Open(new MemoryStream(TorchModuleCases.File($"{i}.pt")), options.File);
            PyTorchFile.Describe(archive).Select(module => module.ToString()).Should().Equal(TorchModuleCases.Descriptions(i));
            LayerStack<double> model = PyTorchFile.CreateModel(archive, options, probe);

            using TensorSource safetensors = PyTorchFile.Open(new OneWayStream(new MemoryStream(TorchModuleCases.File($"{i}.safetensors"))));
            Models.Describe(PyTorchFile.CreateModel(safetensors, options, probe)).Should().Be(Models.Describe(model));
        }
    }

    [Fact]
    public void The_probe_sees_every_change_of_a_weight_order()
    {
        int refused = 0, tried = 0;
        for (int i = 0; i < TorchModuleCases.Count; i++)
        {
            var options = new PyTorchModelOptions { Activation = TorchModuleCases.Nonlinearity(i) };
            using TensorSource file = PyTorchFile.Open(new MemoryStream(TorchModuleCases.File($"{i}.safetensors")));
            LayerStack<double> model = PyTorchFile.CreateModel<double>(file, options);
            if (options.Activation == Activation.Relu || model.Layers.OfType<LayerNormalizationLayer<double>>().Any() || model.Layers.OfType<LstmLayer<double>>().FirstOrDefault() is not { } lstm) continue;
            tried++;
            int hidden = lstm.HiddenSize;
            lstm.InputWeights.Update(hidden, static (values, units) =>
            {
                for (int k = 0; k < values.Length; k++)
                {
                    int gate = k / units % 4;
                    if (gate == 0) (values[k], values[k + 2 * units]) = (values[k + 2 * units], values[k]);
                }
            });
            try
            {
                new ModelProbe<double>(TorchModuleCases.Input(i), TorchModuleCases.Output(i), 1e-9).Check(model);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        tried.Should().BeGreaterThan(10);
        refused.Should().Be(tried, "exchanged gates change the output");
    }

    [Fact]
    public void Tensors_saved_for_PyTorch_have_the_names_and_shapes_of_its_modules()
    {
        for (int i = 0; i < TorchModuleCases.Count; i++)
        {
            LayerStack<double> model = TorchModuleCases.Fresh(i, seed: i);
            var options = new TensorSaveOptions { Names = NameMap.PyTorchModules(model, TorchModuleCases.LayerNames(i)) };
            (MemoryStream safetensors, MemoryStream npz) = (new(), new());
            PyTorchFile.Save(model, new OneWayStream(safetensors), options);
            NumpyFile.SaveModel(model, npz, options);
            (safetensors.Position, npz.Position) = (0, 0);
            using TensorSource theirs = PyTorchFile.Open(new MemoryStream(TorchModuleCases.File($"{i}.safetensors")));
            using TensorSource ours = PyTorchFile.Open(safetensors);
            using TensorSource arrays = NumpyFile.Open(npz);
            string[] expected = [.. theirs.Tensors.Select(NameAndShape).Order(StringComparer.Ordinal)];
            string[] actual = [.. ours.Tensors.Where(tensor => theirs.IndexOf(tensor.Name) >= 0 || !IsZeroBias(ours, tensor.Name)).Select(NameAndShape).Order(StringComparer.Ordinal)];
            actual.Should().Equal(expected);
            arrays.Tensors.Select(NameAndShape).Should().Equal(ours.Tensors.Select(NameAndShape));
            for (int k = 0; k < ours.Tensors.Count; k++) arrays.ReadAll<double>(k).Should().Equal(ours.ReadAll<double>(k));

            LayerStack<double> back = PyTorchFile.CreateModel<double>(ours, new PyTorchModelOptions { Activation = TorchModuleCases.Nonlinearity(i) });
            new ModelProbe<double>(TorchModuleCases.Input(i), model.Predict(TorchModuleCases.Input(i)), 1e-13).Check(back);
        }

        static string NameAndShape(TensorInfo tensor) => $"{tensor.Name} {string.Join(',', tensor.Shape.ToArray())}";
        static bool IsZeroBias(TensorSource file, string name) => name.EndsWith("bias", StringComparison.Ordinal) && file.ReadAll<double>(file.IndexOf(name)).All(value => value == 0);
    }

    [Fact]
    public void Files_for_PyTorch_are_written_on_request()
    {
        if (Environment.GetEnvironmentVariable("RNNSHARP_WRITE_TORCH") is not { } folder) return;
        for (int i = 0; i < TorchModuleCases.Count; i++)
        {
            LayerStack<double> model = TorchModuleCases.Fresh(i, seed: i);
            var options = new TensorSaveOptions { Names = NameMap.PyTorchModules(model, TorchModuleCases.LayerNames(i)) };
            PyTorchFile.Save(model, Path.Combine(folder, $"{i}.safetensors"), options);
            PyTorchFile.Save(model, Path.Combine(folder, $"{i}.npz"), options);
            NumpyFile.SaveSequence(model.Predict(TorchModuleCases.Input(i)), Path.Combine(folder, $"{i}.npy"));
        }
    }
}
