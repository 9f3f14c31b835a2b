export const settings = { base: process.env.API_BASE };
