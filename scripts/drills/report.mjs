export function writeReport() {
  throw new Error("not yet");
}
