/** A cloud that serves the models of others, and that a key is let use by itself. */
export type CloudId = 'azure' | 'bedrock';
