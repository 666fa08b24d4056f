import type { PythonEnvironment } from './python.ts';

/** The server, its own Python client, and what it takes to load and run ONNX models with it. */
export const MLFLOW: PythonEnvironment = {
  name: 'mlflow-3.17.2',
  requirements: ['mlflow==3.17.2', 'boto3==1.44.5', 'onnx==1.23.2', 'onnxruntime==1.31.1'],
};
