// Watches the instances that a program makes, to look into their memory from outside.

/** The memories of all WebAssembly instances made from now on, oldest first. Call it before the package is imported. */
export function captureMemories() {
  const memories = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, args) {
      const instance = new target(...args);
      memories.push(instance.exports.memory);
      return instance;
    },
  });
  return memories;
}
