"""What covers the transcript for a while: questions, help, a failed opening."""
