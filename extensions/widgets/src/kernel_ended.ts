/** Sent to a card in a cell when the kernel that made it has ended. */
export const KERNEL_ENDED = 'wb-kernel-ended';
