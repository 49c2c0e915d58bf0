export const VENDOR = "Black Forest Labs";
export const VENDOR_URL = "https://api.bfl.ai";
