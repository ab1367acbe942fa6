/** Whether this build reads every rule: `edgewise/lite` refuses rulesets with layers, sticky experiments and the like. */
declare const ALL_RULES: boolean;
