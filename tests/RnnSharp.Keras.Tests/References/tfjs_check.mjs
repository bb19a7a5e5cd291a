// Loads the models that a test wrote (RNNSHARP_TFJS_FOLDER=folder dotnet test --filter Models_are_written) and compares their outputs:
//   npm install && node tfjs_check.mjs folder
import * as tf from '@tensorflow/tfjs';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

await tf.setBackend('cpu');
const folder = process.argv[2];
let checked = 0, largest = 0, failed = 0;
for (const name of readdirSync(folder)) {
  const read = file => readFileSync(join(folder, name, file));
  const {modelTopology, weightsManifest} = JSON.parse(read('model.json'));
  const bytes = Buffer.concat(weightsManifest.flatMap(group => group.paths.map(read)));
  const artifacts = {modelTopology, weightSpecs: weightsManifest.flatMap(group => group.weights), weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)};
  const {tokens, input, output} = JSON.parse(read('case.json'));
  try {
    const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    const x = tokens ? tf.tensor(input, [2, 5], 'int32') : tf.tensor(input, [2, 5, 3]);
    const y = model.predict(x).dataSync();
    if (y.length !== output.length) throw new Error(`${y.length} values instead of ${output.length}`);
    const difference = Math.max(...output.map((value, i) => Math.abs(value - y[i])));
    largest = Math.max(largest, difference);
    if (!(difference <= 1e-5)) throw new Error(`differs by ${difference}`);
    checked++;
  } catch (error) {
    failed++;
    console.log(`${name}: ${error.message}`);
  }
}
console.log(`${checked} models agree, the largest difference is ${largest}; ${failed} do not`);
process.exit(failed > 0 || checked === 0 ? 1 : 0);
