/**
 * A provider's secret as `sst secret set` knows it, which allows letters and digits only:
 * `MODELSLAB_API_KEY` → `ModelslabApiKey`.
 */
export const sstSecretName = (secretName: string): string =>
  secretName
    .split("_")
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join("");
