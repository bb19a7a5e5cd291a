using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Tests.Oracles;

/// <summary>One example of a batch, with its own steps and no padding. <c>c</c> exists only for the LSTM.</summary>
/// <param name="X">The input of each step.</param>
/// <param name="H0">The initial hidden state.</param>
/// <param name="C0">The initial cell state.</param>
/// <param name="Dy">The gradient of the loss with respect to the output of each step.</param>
/// <param name="DhEnd">The gradient of the loss with respect to the final hidden state.</param>
/// <param name="DcEnd">The gradient of the loss with respect to the final cell state.</param>
internal sealed record NaiveExample(Vector<double>[] X, Vector<double> H0, Vector<double> C0, Vector<double>[] Dy, Vector<double> DhEnd, Vector<double> DcEnd);

/// <summary>The results of an example, forward (outputs, final state) and backward (gradients of the inputs and of the initial state).</summary>
internal sealed record NaiveResult(Vector<double>[] Y, Vector<double> HEnd, Vector<double> CEnd, Vector<double>[] Dx, Vector<double> Dh0, Vector<double> Dc0);

/// <summary>A weight matrix, or a bias as a matrix of one column, and the sum of its gradients over all examples that were run.</summary>
internal sealed class NaiveWeight(Matrix<double> value)
{
    public Matrix<double> Value { get; } = value;

    public Matrix<double> Gradient { get; private set; } = Matrix<double>.Build.Dense(value.RowCount, value.ColumnCount);

    public void Add(Matrix<double> gradient) => Gradient += gradient;

    public void Add(Vector<double> gradient) => Gradient += gradient.ToColumnMatrix();

    /// <summary>The blocks of rows of a stacked matrix, one per gate.</summary>
    public static NaiveWeight[] Split(Matrix<double> stacked, int gates)
    {
        int rows = stacked.RowCount / gates;
        return [.. Enumerable.Range(0, gates).Select(gate => new NaiveWeight(stacked.SubMatrix(gate * rows, rows, 0, stacked.ColumnCount)))];
    }

    /// <summary>The gradients of the blocks, stacked again.</summary>
    public static Matrix<double> Stack(IEnumerable<NaiveWeight> gates) =>
        gates.Select(gate => gate.Gradient).Aggregate((upper, lower) => upper.Stack(lower));
}

/// <summary>
/// The recurrent layers written from their equations, one example and one gate at a time with plain MathNet: independent evidence that
/// shares nothing with the library's kernels.
/// </summary>
internal abstract class NaiveLayer(Matrix<double> weightIh, Matrix<double> weightHh, Matrix<double> bias, int gates)
{
    protected NaiveWeight[] W { get; } = NaiveWeight.Split(weightIh, gates);

    protected NaiveWeight[] U { get; } = NaiveWeight.Split(weightHh, gates);

    protected NaiveWeight[] B { get; } = NaiveWeight.Split(bias, gates);

    protected int HiddenSize => U[0].Value.RowCount;

    /// <summary>The gradients of weight_ih, weight_hh and bias, and of the candidate's recurrent bias if there is one.</summary>
    public virtual Matrix<double>[] ParameterGradients => [NaiveWeight.Stack(W), NaiveWeight.Stack(U), NaiveWeight.Stack(B)];

    public abstract NaiveResult Run(NaiveExample example);

    protected Vector<double> Zero => Vector<double>.Build.Dense(HiddenSize);

    protected static Vector<double> Sigmoid(Vector<double> v) => v.Map(x => 1 / (1 + Math.Exp(-x)));

    protected static Vector<double> Tanh(Vector<double> v) => v.Map(Math.Tanh);

    /// <summary>The product element by element.</summary>
    protected static Vector<double> Times(Vector<double> a, Vector<double> b) => a.PointwiseMultiply(b);

    protected Vector<double> Sum(int gate, Vector<double> x, Vector<double> h) => W[gate].Value * x + U[gate].Value * h + B[gate].Value.Column(0);

    /// <summary>Adds the gradients of the weights, given the gradient of a gate's sum.</summary>
    protected void AddGradients(int gate, Vector<double> ds, Vector<double> x, Vector<double> h)
    {
        W[gate].Add(ds.OuterProduct(x));
        U[gate].Add(ds.OuterProduct(h));
        B[gate].Add(ds);
    }
}

/// <summary>h⟨t⟩ = f(W x + U h⟨t-1⟩ + b) with f tanh or max(0, ·).</summary>
internal sealed class NaiveRnn(Matrix<double> weightIh, Matrix<double> weightHh, Matrix<double> bias, bool relu) : NaiveLayer(weightIh, weightHh, bias, gates: 1)
{
    public override NaiveResult Run(NaiveExample example)
    {
        Vector<double>[] x = example.X;
        int steps = x.Length;
        var h = new Vector<double>[steps + 1];
        var s = new Vector<double>[steps];
        h[0] = example.H0;
        for (int t = 0; t < steps; t++)
        {
            s[t] = Sum(0, x[t], h[t]);
            h[t + 1] = relu ? s[t].Map(v => Math.Max(0, v)) : Tanh(s[t]);
        }

        var dx = new Vector<double>[steps];
        Vector<double> dh = example.DhEnd;
        for (int t = steps - 1; t >= 0; t--)
        {
            dh += example.Dy[t];
            Vector<double> slope = relu ? s[t].Map(v => v > 0 ? 1.0 : 0.0) : s[t].Map(v => 1 - Math.Pow(Math.Tanh(v), 2));
            Vector<double> ds = Times(dh, slope);
            AddGradients(0, ds, x[t], h[t]);
            dx[t] = W[0].Value.Transpose() * ds;
            dh = U[0].Value.Transpose() * ds;
        }

        return new NaiveResult(h[1..], h[steps], Zero, dx, dh, Zero);
    }
}

/// <summary>i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b), c⟨t⟩ = f∘c⟨t-1⟩ + i∘g, h⟨t⟩ = o∘tanh(c⟨t⟩).</summary>
internal sealed class NaiveLstm(Matrix<double> weightIh, Matrix<double> weightHh, Matrix<double> bias) : NaiveLayer(weightIh, weightHh, bias, gates: 4)
{
    private const int I = 0;
    private const int F = 1;
    private const int G = 2;
    private const int O = 3;

    public override NaiveResult Run(NaiveExample example)
    {
        Vector<double>[] x = example.X;
        int steps = x.Length;
        var h = new Vector<double>[steps + 1];
        var c = new Vector<double>[steps + 1];
        Vector<double>[] i = new Vector<double>[steps], f = new Vector<double>[steps], g = new Vector<double>[steps], o = new Vector<double>[steps];
        h[0] = example.H0;
        c[0] = example.C0;
        for (int t = 0; t < steps; t++)
        {
            i[t] = Sigmoid(Sum(I, x[t], h[t]));
            f[t] = Sigmoid(Sum(F, x[t], h[t]));
            g[t] = Tanh(Sum(G, x[t], h[t]));
            o[t] = Sigmoid(Sum(O, x[t], h[t]));
            c[t + 1] = Times(f[t], c[t]) + Times(i[t], g[t]);
            h[t + 1] = Times(o[t], Tanh(c[t + 1]));
        }

        var dx = new Vector<double>[steps];
        Vector<double> dh = example.DhEnd;
        Vector<double> dc = example.DcEnd;
        for (int t = steps - 1; t >= 0; t--)
        {
            dh += example.Dy[t];
            Vector<double> tanhC = Tanh(c[t + 1]);
            dc += Times(Times(dh, o[t]), 1 - Times(tanhC, tanhC));
            var ds = new Vector<double>[4];
            ds[I] = Times(Times(dc, g[t]), Times(i[t], 1 - i[t]));
            ds[F] = Times(Times(dc, c[t]), Times(f[t], 1 - f[t]));
            ds[G] = Times(Times(dc, i[t]), 1 - Times(g[t], g[t]));
            ds[O] = Times(Times(dh, tanhC), Times(o[t], 1 - o[t]));
            dc = Times(dc, f[t]);
            dh = Zero;
            dx[t] = Vector<double>.Build.Dense(x[t].Count);
            for (int gate = 0; gate < 4; gate++)
            {
                AddGradients(gate, ds[gate], x[t], h[t]);
                dx[t] += W[gate].Value.Transpose() * ds[gate];
                dh += U[gate].Value.Transpose() * ds[gate];
            }
        }

        return new NaiveResult(h[1..], h[steps], c[steps], dx, dh, dc);
    }
}

/// <summary>r, z = σ(W x + U h + b), n = tanh(W x + b + r∘(U h + b_hn)), h⟨t⟩ = (1 - z)∘n + z∘h⟨t-1⟩: PyTorch's form.</summary>
internal sealed class NaiveGru(Matrix<double> weightIh, Matrix<double> weightHh, Matrix<double> bias, Matrix<double> biasHn) : NaiveLayer(weightIh, weightHh, bias, gates: 3)
{
    private const int R = 0;
    private const int Z = 1;
    private const int N = 2;
    private readonly NaiveWeight _bhn = new(biasHn);

    public override Matrix<double>[] ParameterGradients => [.. base.ParameterGradients, _bhn.Gradient];

    public override NaiveResult Run(NaiveExample example)
    {
        Vector<double>[] x = example.X;
        int steps = x.Length;
        var h = new Vector<double>[steps + 1];
        Vector<double>[] r = new Vector<double>[steps], z = new Vector<double>[steps], n = new Vector<double>[steps], m = new Vector<double>[steps];
        h[0] = example.H0;
        for (int t = 0; t < steps; t++)
        {
            r[t] = Sigmoid(Sum(R, x[t], h[t]));
            z[t] = Sigmoid(Sum(Z, x[t], h[t]));
            m[t] = U[N].Value * h[t] + _bhn.Value.Column(0);
            n[t] = Tanh(W[N].Value * x[t] + B[N].Value.Column(0) + Times(r[t], m[t]));
            h[t + 1] = Times(1 - z[t], n[t]) + Times(z[t], h[t]);
        }

        var dx = new Vector<double>[steps];
        Vector<double> dh = example.DhEnd;
        for (int t = steps - 1; t >= 0; t--)
        {
            dh += example.Dy[t];
            Vector<double> dsn = Times(Times(dh, 1 - z[t]), 1 - Times(n[t], n[t]));
            Vector<double> dm = Times(dsn, r[t]);
            Vector<double> dsr = Times(Times(dsn, m[t]), Times(r[t], 1 - r[t]));
            Vector<double> dsz = Times(Times(dh, h[t] - n[t]), Times(z[t], 1 - z[t]));
            AddGradients(R, dsr, x[t], h[t]);
            AddGradients(Z, dsz, x[t], h[t]);
            W[N].Add(dsn.OuterProduct(x[t]));
            B[N].Add(dsn);
            U[N].Add(dm.OuterProduct(h[t]));
            _bhn.Add(dm);
            dx[t] = W[R].Value.Transpose() * dsr + W[Z].Value.Transpose() * dsz + W[N].Value.Transpose() * dsn;
            dh = Times(dh, z[t]) + U[R].Value.Transpose() * dsr + U[Z].Value.Transpose() * dsz + U[N].Value.Transpose() * dm;
        }

        return new NaiveResult(h[1..], h[steps], Zero, dx, dh, Zero);
    }
}
