using ReadmeExamples;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests;

/// <summary>Cells.</summary>
public sealed partial class BadArgumentTests
{
    private static Row[] Cells() =>
    [
        Null("RnnCell.new(layer)", "layer", f => _ = new RnnCell<double>(null!)),
        Bad("RnnCell.new(inputSize, hiddenSize, seed, activation)", "inputSize", "at least 1", "got 0", f => _ = new RnnCell<double>(0, 4)),
        Bad("RnnCell.new(inputSize, hiddenSize, seed, activation)", "hiddenSize", "at least 1", "got 0", f => _ = new RnnCell<double>(3, 0)),
        Null("RnnCell.Forward(input, hidden)", "input", _ => Rnn().Forward(null!, Zeros(4, 2))),
        Null("RnnCell.Forward(input, hidden)", "hidden", _ => Rnn().Forward(Zeros(3, 2), null!)),
        Bad("RnnCell.Forward(input, hidden)", "input", "3 x batch", "got 4 x 2", _ => Rnn().Forward(Zeros(4, 2), Zeros(4, 2))),
        Bad("RnnCell.Forward(input, hidden)", "hidden", "4 x 2", "got 4 x 3", _ => Rnn().Forward(Zeros(3, 2), Zeros(4, 3))),
        Null("RnnCell.Backward(pass, hiddenGradient)", "pass", _ => Rnn().Backward(null!, Zeros(4, 2))),
        Null("RnnCell.Backward(pass, hiddenGradient)", "hiddenGradient", _ => Rnn((cell, pass) => cell.Backward(pass, null!))),
        Bad("RnnCell.Backward(pass, hiddenGradient)", "hiddenGradient", "4 x 2", "got 5 x 2", _ => Rnn((cell, pass) => cell.Backward(pass, Zeros(5, 2)))),
        Bad("RnnCell.Backward(pass, hiddenGradient)", "pass", "this cell", "another cell", _ => Rnn().Backward(Rnn().Forward(Zeros(3, 2), Zeros(4, 2)), Zeros(4, 2))),
        Bad("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", "inputSize", "at least 1", "got 0", f => _ = new CustomRecurrentLayer<double, MinimalGatedUnit>(0, 4)),
        Bad("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at least 1", "got 0", f => _ = new CustomRecurrentLayer<double, MinimalGatedUnit>(3, 0)),
        Bad("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", "options", "a HiddenZoneout of at least 0 and below 1", "got 2", f => _ = new CustomRecurrentLayer<double, MinimalGatedUnit>(3, 4, options: new CustomRecurrentOptions { HiddenZoneout = 2 })),
        Bad("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", "options", "no Clip", "got 2", f => _ = new CustomRecurrentLayer<double, MinimalGatedUnit>(3, 4, options: new CustomRecurrentOptions { Clip = 2 })),
        Null("GruCell.new(layer)", "layer", f => _ = new GruCell<double>(null!)),
        Bad("GruCell.new(layer)", "layer", "a layer that resets after the product", "ResetBefore", f => _ = new GruCell<double>(new GruLayer<double>(3, 4, options: new GruOptions { ResetBefore = true }))),
        Bad("GruCell.new(inputSize, hiddenSize, seed)", "inputSize", "at least 1", "got 0", f => _ = new GruCell<double>(0, 4)),
        Bad("GruCell.new(inputSize, hiddenSize, seed)", "hiddenSize", "at least 1", "got 0", f => _ = new GruCell<double>(3, 0)),
        Null("GruCell.Forward(input, hidden)", "input", f => new GruCell<double>(f.Gru).Forward(null!, Zeros(4, 2))),
        Null("GruCell.Forward(input, hidden)", "hidden", f => new GruCell<double>(f.Gru).Forward(Zeros(3, 2), null!)),
        Bad("GruCell.Forward(input, hidden)", "input", "3 x batch", "got 2 x 3", f => new GruCell<double>(f.Gru).Forward(Zeros(2, 3), Zeros(4, 3))),
        Bad("GruCell.Forward(input, hidden)", "hidden", "4 x 2", "got 3 x 2", f => new GruCell<double>(f.Gru).Forward(Zeros(3, 2), Zeros(3, 2))),
        Null("GruCell.Backward(pass, hiddenGradient)", "pass", f => new GruCell<double>(f.Gru).Backward(null!, Zeros(4, 2))),
        Bad("GruCell.Backward(pass, hiddenGradient)", "hiddenGradient", "4 x 2", "got 4 x 1", f => Gru(f, (cell, pass) => cell.Backward(pass, Zeros(4, 1)))),
        Bad("GruCell.Backward(pass, hiddenGradient)", "pass", "current parameters", "got one of version", f => Gru(f, (cell, pass) =>
        {
            f.Gru.Bias.Set(new double[f.Gru.Bias.Count]);
            cell.Backward(pass, Zeros(4, 2));
        })),
        Null("LstmCell.new(layer)", "layer", f => _ = new LstmCell<double>(null!)),
        Bad("LstmCell.new(layer)", "layer", "a layer with a forget gate", "CoupledGates", f => _ = new LstmCell<double>(new LstmLayer<double>(3, 4, options: new LstmOptions { CoupledGates = true }))),
        Bad("LstmCell.new(inputSize, hiddenSize, seed)", "inputSize", "at least 1", "got 0", f => _ = new LstmCell<double>(0, 4)),
        Bad("LstmCell.new(inputSize, hiddenSize, seed)", "hiddenSize", "at least 1", "got 0", f => _ = new LstmCell<double>(3, 0)),
        Null("LstmCell.Forward(input, hidden, cell)", "input", f => new LstmCell<double>(f.Lstm).Forward(null!, Zeros(4, 2), Zeros(4, 2))),
        Null("LstmCell.Forward(input, hidden, cell)", "hidden", f => new LstmCell<double>(f.Lstm).Forward(Zeros(3, 2), null!, Zeros(4, 2))),
        Null("LstmCell.Forward(input, hidden, cell)", "cell", f => new LstmCell<double>(f.Lstm).Forward(Zeros(3, 2), Zeros(4, 2), null!)),
        Bad("LstmCell.Forward(input, hidden, cell)", "input", "3 x batch", "got 4 x 2", f => new LstmCell<double>(f.Lstm).Forward(Zeros(4, 2), Zeros(4, 2), Zeros(4, 2))),
        Bad("LstmCell.Forward(input, hidden, cell)", "hidden", "4 x 2", "got 5 x 2", f => new LstmCell<double>(f.Lstm).Forward(Zeros(3, 2), Zeros(5, 2), Zeros(4, 2))),
        Bad("LstmCell.Forward(input, hidden, cell)", "cell", "4 x 2", "got 4 x 3", f => new LstmCell<double>(f.Lstm).Forward(Zeros(3, 2), Zeros(4, 2), Zeros(4, 3))),
        Null("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "pass", f => new LstmCell<double>(f.Lstm).Backward(null!, Zeros(4, 2))),
        Null("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "hiddenGradient", f => Lstm(f, (cell, pass) => cell.Backward(pass, null!))),
        Bad("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "hiddenGradient", "4 x 2", "got 4 x 3", f => Lstm(f, (cell, pass) => cell.Backward(pass, Zeros(4, 3)))),
        Bad("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "cellGradient", "4 x 2", "got 3 x 2", f => Lstm(f, (cell, pass) => cell.Backward(pass, Zeros(4, 2), Zeros(3, 2)))),
        Bad("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "pass", "this cell", "another cell", f => Lstm(f, (_, pass) => new LstmCell<double>(f.OtherLstm).Backward(pass, Zeros(4, 2)))),
    ];
}
