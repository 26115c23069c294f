package connection

// WebhookPath is the path that Unleashed's events for the connection come to,
// unless an input names another.
func (c *Connection) WebhookPath() string { return "/webhooks/" + c.Name }
