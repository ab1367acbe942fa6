// The bucketing inside @devcycle/nodejs-server-sdk: AssemblyScript as WebAssembly, asked as there: protocol buffers for
// one variable, JSON for all.
import bucketing from "@devcycle/bucketing-assembly-script";

const { instantiate, ProtobufTypes } = bucketing;

export const title = "DevCycle (WebAssembly)";
export const configuration = "devcycle";

const PLATFORM = { platform: "NodeJS", platformVersion: "20", sdkType: "server", sdkVersion: "1", hostname: "bench" };
const NO_TEXT = { value: "", isNull: true };
const NO_NUMBER = { value: 0, isNull: true };
const NO_DATA = { value: {}, isNull: true };

let instance;
let opened = 0;

export async function open(text) {
  instance ??= start();
  const wasm = await instance;
  const sdkKey = `server-${opened++}`;
  wasm.setConfigData(sdkKey, text);
  return {
    subject: (user, country, age, plan) => ({ user, country, age, plan }),
    one: (subject, experiment) => wasm.variableForUser_PB(encode(sdkKey, subject, experiment)),
    variantOf: (variable) => (variable ? ProtobufTypes.SDKVariable_PB.decode(variable).stringValue : null),
    all: ({ user, country, age, plan }) => {
      const asked = JSON.stringify({ user_id: user, country, customData: { age, plan } });
      return JSON.parse(wasm.generateBucketedConfigForUser(sdkKey, asked)).variables;
    },
    variantAt: (variables, _index, experiment) => variables[experiment]?.value ?? null,
  };
}

async function start() {
  const wasm = await instantiate();
  wasm.setPlatformData(JSON.stringify(PLATFORM));
  return wasm;
}

function encode(sdkKey, { user, country, age, plan }, variableKey) {
  const { CustomDataType, VariableForUserParams_PB, VariableType_PB } = ProtobufTypes;
  const message = {
    sdkKey,
    variableKey,
    variableType: VariableType_PB.String,
    shouldTrackEvent: false,
    user: {
      user_id: user,
      email: NO_TEXT,
      name: NO_TEXT,
      language: NO_TEXT,
      country: { value: country, isNull: false },
      appBuild: NO_NUMBER,
      appVersion: NO_TEXT,
      deviceModel: NO_TEXT,
      customData: {
        value: {
          age: { type: CustomDataType.Num, doubleValue: age },
          plan: { type: CustomDataType.Str, stringValue: plan },
        },
        isNull: false,
      },
      privateCustomData: NO_DATA,
    },
  };
  return VariableForUserParams_PB.encode(message).finish();
}
