/**
 * Watches the WebAssembly memories that a program makes, from outside. Call it before anything is imported.
 *
 * @returns {() => number} the bytes of all of them now
 */
export function watchMemories() {
  const memories = new Set();
  const { Instance, instantiate } = WebAssembly;
  const note = (instance) => {
    for (const value of Object.values(instance.exports)) {
      if (value instanceof WebAssembly.Memory) memories.add(value);
    }
    return instance;
  };
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, args) => note(new target(...args)),
  });
  WebAssembly.instantiate = async (...args) => {
    const result = await instantiate.apply(WebAssembly, args);
    note(result.instance ?? result);
    return result;
  };
  return () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}
