/** What the driver says to the double once it has its own way to the browser. */
export const driverConnected = 'driver connected';
