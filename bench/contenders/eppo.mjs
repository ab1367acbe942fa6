// The engine inside @eppo/node-server-sdk, wired as there: that package's own `init` insists on the network.
import common from "@eppo/js-client-sdk-common";

const { EppoClient, MemoryOnlyConfigurationStore } = common;

export const title = "Eppo";
export const configuration = "eppo";

/** As @eppo/node-server-sdk has it. */
const CACHED_ASSIGNMENTS = 50_000;

export async function open(text) {
  const { flags } = JSON.parse(text);
  const ids = Object.keys(flags);
  const flagConfigurationStore = new MemoryOnlyConfigurationStore();
  await flagConfigurationStore.setEntries(flags);
  flagConfigurationStore.setFormat("SERVER");
  const client = new EppoClient({ flagConfigurationStore, eventDispatcher: { attachContext() {}, dispatch() {} } });
  client.setAssignmentLogger({ logAssignment() {} });
  client.useLRUInMemoryAssignmentCache(CACHED_ASSIGNMENTS);
  const one = ({ user, attributes }, experiment) => client.getStringAssignment(experiment, user, attributes, "");
  return {
    subject: (user, country, age, plan) => ({ user, attributes: { country, age, plan } }),
    one,
    variantOf: (value) => value || null,
    all: (subject) => ids.map((id) => one(subject, id)),
    variantAt: (values, index) => values[index] || null,
  };
}
