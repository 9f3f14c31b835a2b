"""Acme Help: support chatbot, ticket triage and order agent."""
