// The mistake is in the scenario (or in how the oracle was called), not in the behaviour under test.
export class ScenarioError extends Error {}
