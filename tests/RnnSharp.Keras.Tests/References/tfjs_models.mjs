// 100 random layers models of TensorFlow.js with an input and the output that it computes:
//   npm install && node tfjs_models.mjs tfjs_models.json.gz
import * as tf from '@tensorflow/tfjs';
import {gzipSync} from 'node:zlib';
import {writeFileSync} from 'node:fs';

await tf.setBackend('cpu');

// A small generator, so that the file is the same every time.
let state = 20240229;
const uniform = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const below = n => Math.floor(uniform() * n);
const pick = items => items[below(items.length)];
const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

const activations = ['tanh', 'tanh', 'tanh', 'relu', 'linear', 'softsign', 'softplus', 'elu', 'sigmoid', 'hardSigmoid'];
const gateActivations = ['sigmoid', 'hardSigmoid'];

function recurrent(options) {
  const common = {units: 1 + below(5), useBias: below(5) > 0, activation: pick(activations), ...options};
  if (below(5) === 0) common.dropout = 0.25;
  if (below(5) === 0) common.recurrentDropout = 0.25;
  switch (below(3)) {
    case 0: return tf.layers.lstm({...common, recurrentActivation: pick(gateActivations)});
    case 1: return tf.layers.gru({...common, recurrentActivation: pick(gateActivations), resetAfter: false});
    default: return tf.layers.simpleRNN(common);
  }
}

function layers() {
  const list = [];
  if (below(4) === 0) list.push(tf.layers.embedding({inputDim: 7, outputDim: 1 + below(4), inputLength: 5}));
  const middle = below(4);
  for (let i = 0; i < middle; i++) {
    switch (below(6)) {
      case 0: list.push(tf.layers.dense({units: 1 + below(4), useBias: below(3) > 0})); break;
      case 1: list.push(tf.layers.layerNormalization({axis: -1, epsilon: pick([1e-3, 1e-2]), center: below(4) > 0, scale: below(4) > 0})); break;
      case 2: list.push(pick([() => tf.layers.dropout({rate: 0.3}), () => tf.layers.spatialDropout1d({rate: 0.3})])()); break;
      case 3: list.push(tf.layers.timeDistributed({layer: tf.layers.dense({units: 1 + below(4)})})); break;
      default: list.push(recurrent({returnSequences: true, goBackwards: below(3) === 0}));
    }
  }
  const returnSequences = below(2) === 0;
  switch (below(4)) {
    case 0: list.push(recurrent({returnSequences, goBackwards: below(3) === 0})); break;
    case 1:
    case 2:
      list.push(tf.layers.bidirectional({layer: recurrent({returnSequences}), mergeMode: pick(['concat', 'sum', 'ave', 'mul'])}));
      break;
    default: list.push(pick([() => tf.layers.globalAveragePooling1d({}), () => tf.layers.globalMaxPooling1d({})])());
  }
  if (below(3) > 0) list.push(tf.layers.dense({units: 1 + below(4), activation: pick(['linear', 'softmax', 'sigmoid', 'tanh', 'relu', 'softplus', 'softsign', 'elu', 'hardSigmoid'])}));
  return list;
}

function build(list) {
  const tokens = list[0].getClassName() === 'Embedding';
  const shape = tokens ? [5] : [pick([5, null]), 3];
  if (below(3) === 0) {
    const input = tf.input({shape, dtype: tokens ? 'int32' : 'float32'});
    let output = input;
    for (const layer of list) output = layer.apply(output);
    return [tf.model({inputs: input, outputs: output}), tokens];
  }
  const model = tf.sequential();
  list.forEach((layer, i) => {
    if (i === 0 && !tokens) {
      if (below(2) === 0) model.add(tf.layers.inputLayer({inputShape: shape}));
      else layer.batchInputShape = [null, ...shape];
    }
    model.add(layer);
  });
  return [model, tokens];
}

const cases = [];
while (cases.length < 100) {
  const list = layers();
  const [model, tokens] = build(list);
  model.setWeights(model.getWeights().map(weight => tf.tensor(Array.from({length: weight.size}, () => 0.5 * normal()), weight.shape)));
  const steps = 5, batch = 2, features = tokens ? 1 : 3;
  const values = Array.from({length: batch * steps * features}, () => (tokens ? below(7) : Math.fround(normal())));
  const input = tokens ? tf.tensor(values, [batch, steps], 'int32') : tf.tensor(values, [batch, steps, features]);
  const output = model.predict(input);
  let saved;
  await model.save(tf.io.withSaveHandler(async artifacts => {
    saved = artifacts;
    return {modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'}};
  }));
  const {modelTopology, format, generatedBy, convertedBy} = saved;
  cases.push({
    model: {format, generatedBy, convertedBy, modelTopology, weightsManifest: [{paths: ['weights.bin'], weights: saved.weightSpecs}]},
    weights: Buffer.from(tf.io.CompositeArrayBuffer ? tf.io.CompositeArrayBuffer.join(saved.weightData) : saved.weightData).toString('base64'),
    tokens,
    input: values,
    shape: output.shape,
    output: Array.from(output.dataSync()).map(value => Math.fround(value)),
  });
}

writeFileSync(process.argv[2], gzipSync(JSON.stringify({version: tf.version['tfjs-layers'], cases}), {level: 9}));
