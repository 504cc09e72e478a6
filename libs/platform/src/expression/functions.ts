import { celFunc, CelScalar, type CelFunc } from '@bufbuild/cel';
import { similarity } from './similarity.js';

/** What every expression may call beside CEL's own functions. */
export const OWN_FUNCTIONS: CelFunc[] = [
  celFunc('similarity', [CelScalar.STRING, CelScalar.STRING], CelScalar.DOUBLE, similarity),
];
