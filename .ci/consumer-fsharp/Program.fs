open System
open System.Reflection
open System.Text.Json
open RnnSharp
open RnnSharp.Layers
open RnnSharp.Recurrent
open RnnSharp.Serialization
open RnnSharp.Training

// Token t is followed by token 3t + 1 mod 7: a GRU learns it, and then continues the sequence on its own.
let tokens = 7
let next token = (3 * token + 1) % tokens

let examples first = [| for example in 0 .. tokens - 1 -> Seq.unfold (fun token -> Some(token, next token)) (first example) |> Seq.truncate 10 |> Seq.toArray :> Collections.Generic.IReadOnlyList<int> |]
let x = Sequence<float32>.FromTokens(examples id, tokens)
let target = Sequence<float32>.FromTokens(examples next, tokens)

let model =
    LayerStack.Of(
        tokens,
        Nullable 1,
        (fun inputs seed -> GruLayer<float32>(inputs, 16, seed) :> ILayer<float32>),
        (fun inputs seed -> DenseLayer<float32>(inputs, tokens, seed) :> ILayer<float32>)
    )

let adam = Adam<float32>(learningRate = 0.02)
let outputGradient = Sequence<float32>(tokens, tokens, 10)
let pass = model.CreatePass()
let gradients = model.CreateGradients()

for _ in 1 .. 150 do
    model.Forward(x, reuse = pass) |> ignore
    SoftmaxCrossEntropy.Compute(pass.Output, target, outputGradient) |> ignore
    model.Backward(pass, outputGradient, reuse = gradients) |> ignore
    adam.Step(model.Parameters, gradients)

// Parameter lists, which F# can call only where they are arrays.
let joined = LayerStack<float32>(model.Layers[0], model.Layers[1])
let state = State<float32>(1, struct ("h", 16))
state.["h"].Values.Fill(0.5f)
let names = NameMap.InTurn(NameMap.PyTorchLayers("gru.", "0.", "1."), NameMap.Prefix("fc.", "2."))

if names.Invoke "gru.weight_ih_l1" <> "1.weight_ih_l0" then
    failwith "The names are not mapped in turn."

let stepper = joined.CreateStepper()

let continues token =
    let scores = stepper.Step(StepInput<float32>.Tokens(ReadOnlySpan [| token |])).ToArray()
    Array.IndexOf(scores, Array.max scores) = next token

let right = Seq.unfold (fun token -> Some(token, next token)) 2 |> Seq.take 10 |> Seq.forall continues
printfn $"{joined}: {state}"

// The golden model, which other consumers also train: see Golden.cs.
let resource (name: string) = Assembly.GetExecutingAssembly().GetManifestResourceStream name
let golden = JsonDocument.Parse(resource "golden.json").RootElement
let numbers (name: string) = [| for value in golden.GetProperty(name).EnumerateArray() -> value.GetSingle() |]
let loaded = ModelFile.Load<float32>(resource "model.safetensors").Model
let features = Sequence<float32>(loaded.InputSize, golden.GetProperty("batch").GetInt32(), golden.GetProperty("steps").GetInt32())
(numbers "x").CopyTo(features.Values)
let difference = Array.map2 (fun (a: float32) b -> abs (a - b)) (loaded.Predict(features).Values.ToArray()) (numbers "outputs") |> Array.max
printfn $"golden file met within {difference:G2}, in F#"

if not (difference < 8f / float32 (1 <<< 23)) then
    failwith "The golden model's outputs differ."

exit (if right then 0 else 1)
