package queue

import "context"

// Patient is g's Get as a Listener calls it.
func Patient(g Getter) func(context.Context, int) (Batch, error) {
	return func(ctx context.Context, most int) (Batch, error) { return g.(*getter).get(ctx, most, true) }
}
