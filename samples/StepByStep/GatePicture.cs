using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Notebook;
using RnnSharp.Recurrent;
using ScottPlot;

namespace StepByStep;

/// <summary>
/// Draws one example of the notebook's lstm_forward on its way through the seven steps, as an SVG image: gates and states, and the gradients of the last output on
/// their way back. It has no text on a machine without fonts.
/// </summary>
internal static class GatePicture
{
    private const int Example = 3, Across = 4;

    private static readonly IColormap Colors = new ScottPlot.Colormaps.Balance();

    public static string Draw()
    {
        (string Title, double[][] Steps)[] panels = Measure();
        int steps = panels[0].Steps.Length, units = panels[0].Steps[0].Length;
        double width = steps + 1.5, height = units + 2.5;
        using var plot = new Plot();
        plot.HideGrid();
        plot.Layout.Frameless();
        foreach ((int number, (string title, double[][] values)) in panels.Index())
        {
            double left = number % Across * width, top = -(number / Across) * height;
            Write(plot, title, left, top + 0.75, 14, Alignment.MiddleLeft);
            for (int t = 0; t < steps; t++)
            {
                for (int unit = 0; unit < units; unit++) Cell(plot, left + t, top - unit, values[t][unit]);
                Write(plot, $"{t + 1}", left + t + 0.5, top - units - 0.4, 11, Alignment.MiddleCenter);
            }

            for (int unit = 0; unit < units && number % Across == 0; unit++) Write(plot, $"{unit}", left - 0.4, top - unit - 0.5, 11, Alignment.MiddleCenter);
        }

        double bottom = -(panels.Length / Across) * height, right = Across * width - 1.5;
        Write(plot, "rows: units, columns: steps 1 to 7", 0, bottom + 0.1, 12, Alignment.MiddleLeft);
        const int Shades = 20;
        for (int shade = 0; shade <= Shades; shade++) Cell(plot, right - (Shades - shade + 1) * 0.4 - 1, bottom + 0.5, 2.0 * shade / Shades - 1, 0.4, 0.7);
        Write(plot, "-1", right - (Shades + 1) * 0.4 - 1.3, bottom + 0.15, 12, Alignment.MiddleRight);
        Write(plot, "1", right - 0.7, bottom + 0.15, 12, Alignment.MiddleLeft);
        plot.Axes.SetLimits(-1, right + 0.5, bottom - 0.7, 1.5);
        return plot.GetSvgXml(1000, 520);
    }

    private static (string Title, double[][] Steps)[] Measure()
    {
        var random = new NumpyRandom(1);
        Matrix<double>[] x = [.. random.RandN(3, 10, 7).ToMatrices().Select(step => step.SubMatrix(0, step.RowCount, Example, 1))];
        Matrix<double> a = random.RandN(5, 10).SubMatrix(0, 5, Example, 1), c = Matrix<double>.Build.Dense(5, 1);
        LstmCell<double> cell = Arrays.LstmCell(random);
        var passes = new List<LstmCellPass<double>>();
        foreach (Matrix<double> xt in x)
        {
            passes.Add(cell.Forward(xt, a, c));
            (a, c) = (passes[^1].HiddenState, passes[^1].CellState);
        }

        // The gradient of the sum of the last a: ones for a of the last step, and what is carried back for the others.
        Matrix<double> da = Matrix<double>.Build.Dense(5, 1, 1), dc = Matrix<double>.Build.Dense(5, 1);
        var gradients = new Stack<(Matrix<double> A, Matrix<double> C)>();
        foreach (LstmCellPass<double> pass in passes.AsEnumerable().Reverse())
        {
            Matrix<double> reachingC = dc + da.PointwiseMultiply(pass.OutputGate).PointwiseMultiply(1 - pass.CellState.PointwiseTanh().PointwisePower(2));
            gradients.Push((da, reachingC));
            LstmCellGradients<double> back = cell.Backward(pass, da, dc);
            (da, dc) = (back.PreviousHiddenState, back.PreviousCellState);
        }

        return
        [
            ("forget gate f", Values(pass => pass.ForgetGate)),
            ("update gate i", Values(pass => pass.InputGate)),
            ("candidate", Values(pass => pass.Candidate)),
            ("output gate o", Values(pass => pass.OutputGate)),
            ("cell state c = f c + i candidate", Values(pass => pass.CellState)),
            ("hidden state a = o tanh c", Values(pass => pass.HiddenState)),
            ("gradient of c, carried back", [.. gradients.Select(step => step.C.ToColumnMajorArray())]),
            ("gradient of a, carried back", [.. gradients.Select(step => step.A.ToColumnMajorArray())]),
        ];

        double[][] Values(Func<LstmCellPass<double>, Matrix<double>> of) => [.. passes.Select(pass => of(pass).ToColumnMajorArray())];
    }

    private static void Cell(Plot plot, double left, double top, double value, double width = 0.96, double height = 0.96)
    {
        var rectangle = plot.Add.Rectangle(left, left + width, top - height, top);
        rectangle.FillColor = Colors.GetColor((Math.Clamp(value, -1, 1) + 1) / 2);
        rectangle.LineWidth = 0;
    }

    private static void Write(Plot plot, string text, double x, double y, float size, Alignment alignment)
    {
        var label = plot.Add.Text(text, x, y);
        label.LabelFontSize = size;
        label.LabelAlignment = alignment;
    }
}
