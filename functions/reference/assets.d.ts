// To the bundler these are files that are copied, and the name under which each lies beside the bundle.

declare module "*.txt" {
  const name: string;
  export = name;
}

declare module "*.html" {
  const name: string;
  export = name;
}
